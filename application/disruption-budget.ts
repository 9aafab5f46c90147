import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import type { ResolvedWorker } from './resolve.ts';

/**
 * The PodDisruptionBudget of a pool, or undefined where it has none. A pool of one gets none by itself: it would keep a node from ever being drained.
 * It follows what the pool may have, not what runs: it stays while the application is suspended.
 * @param metadata of the pool's Deployment: the budget has the same name
 * @param selector of its pods
 */
export function disruptionBudget(
  worker: ResolvedWorker,
  metadata: PodDisruptionBudget['metadata'],
  selector: Record<string, string>,
): PodDisruptionBudget | undefined {
  const bounds = worker.podDisruptionBudget ?? (worker.mostReplicas > 1 ? { maxUnavailable: 1 } : undefined);
  if (bounds === undefined) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: {
      ...bounds,
      // A pod that crashes all the time must not keep a node from being drained.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector },
    },
  };
}
