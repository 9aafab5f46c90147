import type { Node } from 'kubernetes-types/core/v1.js';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isForbidden } from '../kubernetes/errors.ts';
import { NODES } from '../kubernetes/resources.ts';
import type { PodSummary } from './pod-problem.ts';

/** A pod that cannot end, because the node it runs on does not answer. */
export interface LostPod {
  readonly pod: string;
  readonly node: string;
}

/** While beat's pod terminates its node is looked at so often: nothing else tells that it went away. */
export const LOST_NODE_MILLISECONDS = 10_000;

/** Beat's pods on their way out: normally for a second or two. */
export const leavingBeat = (pods: readonly PodSummary[]): PodSummary | undefined =>
  pods.find((pod) => pod.component === 'beat' && pod.terminating);

/**
 * Whether a terminating pod waits for a node that is not ready. Kubernetes keeps such a pod until the node answers or is deleted,
 * and a StatefulSet starts no other one meanwhile: it might still run.
 * @returns undefined where the node is ready, gone, or may not be read
 */
export async function lostNode(client: KubernetesClient, pod: PodSummary): Promise<LostPod | undefined> {
  if (pod.node === undefined) return undefined;
  try {
    const node = await client.get<Node>(NODES, pod.node);
    const ready = node?.status?.conditions?.find((condition) => condition.type === 'Ready');
    return node === undefined || ready?.status === 'True' ? undefined : { pod: pod.name, node: pod.node };
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
