import type { DeploymentStatus } from 'kubernetes-types/apps/v1.js';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { ChildObject } from '../application/child-object.ts';
import { LABELS } from '../application/names.ts';

/** How far a Deployment or StatefulSet is. */
export interface Rollout {
  readonly desiredReplicas: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
  /** Exactly the wanted number runs, all of the current revision, all available. */
  readonly settled: boolean;
  /** Why its controller cannot make pods, such as a quota. */
  readonly failure?: string;
}

const LONGEST = 900;

/**
 * Reads a rollout from what its controller reports. Deployments and StatefulSets report in the same words.
 * @param seen undefined: there is none yet
 * @param desiredReplicas what it should run
 */
export function rollout(seen: ChildObject | undefined, desiredReplicas: number): Rollout {
  const status = (seen?.status ?? {}) as DeploymentStatus;
  const current = (status.observedGeneration ?? 0) >= (seen?.metadata?.generation ?? 1);
  const replicas = status.replicas ?? 0;
  const updatedReplicas = current ? (status.updatedReplicas ?? 0) : 0;
  const failure = status.conditions?.find((entry) => entry.type === 'ReplicaFailure' && entry.status === 'True');
  return {
    desiredReplicas,
    replicas,
    readyReplicas: status.readyReplicas ?? 0,
    updatedReplicas,
    settled:
      seen !== undefined &&
      current &&
      updatedReplicas === desiredReplicas &&
      replicas === desiredReplicas &&
      (status.availableReplicas ?? 0) === desiredReplicas,
    ...(failure === undefined ? {} : { failure: `${failure.reason}: ${failure.message}`.slice(0, LONGEST) }),
  };
}

/** The number of pods that a child asks for, where it says one. */
export function replicasOf(object: ChildObject | undefined): number | undefined {
  return (object?.spec as { replicas?: number } | undefined)?.replicas;
}

/** The pod template of a child that has one. */
export function templateOf(object: ChildObject): PodTemplateSpec | undefined {
  return (object.spec as { template?: PodTemplateSpec } | undefined)?.template;
}

/** Whether a child runs pods and is not a pool of workers: its readiness is told by component, not by pool. */
export function isComponent(object: ChildObject): boolean {
  return (
    (object.kind === 'Deployment' || object.kind === 'StatefulSet') &&
    object.metadata?.labels?.[LABELS.pool] === undefined
  );
}
