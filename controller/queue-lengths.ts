import { quantity } from '../application/quantity.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';

/** Reads queue lengths from KEDA. */
export interface QueueLengths {
  /**
   * The sum over a ScaledObject's queues, at most ten seconds old; undefined while KEDA does not answer.
   * Never throws: a status without the number is better than none.
   */
  read(namespace: string, scaledObject: string): Promise<number | undefined>;
}

/** Each question makes KEDA ask the broker. */
export const QUEUE_LENGTH_MILLISECONDS = 10_000;
/** Metrics are for people here: nothing else waits longer for them. */
const TIMEOUT_MILLISECONDS = 3_000;
const MOST_KEPT = 10_000;

/**
 * Makes a reader that asks no more often than each 10 s for one ScaledObject.
 * Source of the path: KEDA 2.21, pkg/provider; the metric of a formula is always called composite-metric.
 * @param now milliseconds since the epoch
 */
export function queueLengths(client: Pick<KubernetesClient, 'read'>, now: () => number): QueueLengths {
  const known = new Map<string, { readonly value: number | undefined; readonly at: number }>();
  return {
    async read(namespace, scaledObject) {
      const key = `${namespace}/${scaledObject}`;
      const last = known.get(key);
      if (last !== undefined && now() - last.at < QUEUE_LENGTH_MILLISECONDS) return last.value;
      const value = await ask(client, namespace, scaledObject);
      if (known.size >= MOST_KEPT) known.clear();
      known.set(key, { value, at: now() });
      return value;
    },
  };
}

async function ask(
  client: Pick<KubernetesClient, 'read'>,
  namespace: string,
  scaledObject: string,
): Promise<number | undefined> {
  const selector = encodeURIComponent(`scaledobject.keda.sh/name=${scaledObject}`);
  const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/composite-metric?labelSelector=${selector}`;
  try {
    const list = await client.read<{ items?: { value?: unknown }[] }>(path, { timeoutMs: TIMEOUT_MILLISECONDS });
    const value = quantity(list?.items?.[0]?.value);
    return value === undefined ? undefined : Math.round(value);
  } catch {
    return undefined;
  }
}
