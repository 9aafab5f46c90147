import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';

/** What is kept of a pod: enough to name its owner and its trouble. */
export interface PodSummary {
  readonly name: string;
  readonly pool?: string;
  /** Its part of the application: worker, beat, flower … */
  readonly component?: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Node it was placed on. */
  readonly node?: string;
  /** ConfigMaps it mounts. */
  readonly configMaps: readonly string[];
  /** Why it does not run, in Kubernetes' words: "ImagePullBackOff: Back-off pulling image …". */
  readonly problem?: string;
}

/** Waiting reasons that pass by themselves in a healthy start. */
const PASSING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);
const LONGEST = 300;

/**
 * The first thing that keeps a pod from running, as the kubelet or the scheduler says it. Pure.
 * @param pod as the API server gives it
 */
export function podProblem(pod: Pod): string | undefined {
  const unscheduled = pod.status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  if (unscheduled) return sentence(unscheduled.reason ?? 'Unschedulable', unscheduled.message);
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const problem = containerProblem(status);
    if (problem !== undefined) return problem;
  }
  if (pod.status?.phase === 'Failed') return sentence(pod.status.reason ?? 'Failed', pod.status.message);
  return undefined;
}

function containerProblem(status: ContainerStatus): string | undefined {
  const waiting = status.state?.waiting;
  if (waiting?.reason === 'CrashLoopBackOff') {
    const last = status.lastState?.terminated;
    const cause = last === undefined ? '' : `, last exit ${last.exitCode}${last.reason ? ` (${last.reason})` : ''}`;
    return `CrashLoopBackOff: container ${status.name} restarted ${status.restartCount} times${cause}; see kubectl logs --previous`;
  }
  if (waiting?.reason !== undefined && !PASSING.has(waiting.reason)) return sentence(waiting.reason, waiting.message);
  const ended = status.state?.terminated;
  if (ended !== undefined && ended.exitCode !== 0) {
    return sentence(ended.reason ?? 'Error', `container ${status.name} ended with exit code ${ended.exitCode}`);
  }
  return undefined;
}

function sentence(reason: string, message: string | undefined): string {
  const text = message === undefined || message === '' ? reason : `${reason}: ${message.replaceAll(/\s+/g, ' ')}`;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
