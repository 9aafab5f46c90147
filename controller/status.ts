import { replicasWithoutAutoscaler } from '../application/autoscaling.ts';
import type { Status } from '../application/celery-application.ts';
import { type ChildObject, childKey } from '../application/child-object.ts';
import { type Finding, formatFinding } from '../application/finding.ts';
import { LABELS, workerName } from '../application/names.ts';
import type { ResolvedApplication, ResolvedWorker } from '../application/resolve.ts';
import { replicasOf, type ScalingState } from './handover.ts';
import type { PodSummary } from './pod-problem.ts';
import { type ConditionType, REASONS, type Reason } from './reasons.ts';
import { type Rollout, rollout } from './rollout.ts';
import { scalingVerdict } from './scaling-status.ts';

/** Something that keeps the application from being reconciled as it is written. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** True: only a change by a person helps. False: it is retried. */
  readonly final: boolean;
}

/** All that status is made from: it can be made anew at any time. */
export interface StatusInput {
  readonly generation: number;
  /** Undefined while the stored specification is invalid. */
  readonly application?: ResolvedApplication;
  readonly findings: readonly Finding[];
  readonly problem?: Problem;
  /** Owned children, by childKey. */
  readonly observed: ReadonlyMap<string, ChildObject>;
  /** Deployments and StatefulSets, as they should be, of everything that is not a pool of workers: they have to be ready too. */
  readonly components?: readonly ChildObject[];
  readonly pods: readonly PodSummary[];
  /** Pools whose number of pods an autoscaler decides, or is about to. */
  readonly scaling?: readonly ScalingState[];
  /** Waiting messages by pool, where KEDA told. */
  readonly queueLengths?: ReadonlyMap<string, number>;
  readonly clientConfig?: string;
  /** Scheme and host. */
  readonly broker?: string;
  readonly previous?: Status;
  /** RFC 3339. */
  readonly now: string;
}

type WorkerStatus = NonNullable<Status['workers']>[number];
type Condition = NonNullable<Status['conditions']>[number];

/** Computes status from what was seen. Pure; conditions keep their transition time while their status stays. */
export function status(input: StatusInput): Status {
  const workers: Judged[] =
    input.application?.workers.map((worker) => workerStatus(input, worker)) ?? input.previous?.workers ?? [];
  const ready = judge(input, workers);
  const stalled = stall(input);
  const lengths = workers.flatMap(({ queueLength }) => queueLength ?? []);
  const clientConfig = input.clientConfig ?? input.previous?.clientConfig;
  const broker = input.broker ?? input.previous?.broker;
  const conditions: Condition[] = [
    condition(input, 'Ready', ready.ok, ready.reason, ready.message),
    condition(
      input,
      'Reconciling',
      !ready.ok && stalled === undefined,
      ready.ok || stalled !== undefined ? REASONS.notStalled : ready.reason,
      ready.ok || stalled !== undefined ? '' : ready.message,
    ),
    condition(input, 'Stalled', stalled !== undefined, stalled?.reason ?? REASONS.notStalled, stalled?.message ?? ''),
    ...autoscaling(input),
  ];
  return {
    observedGeneration: input.generation,
    conditions,
    readyWorkers: `${sum(workers, 'readyReplicas')}/${sum(workers, 'desiredReplicas')}`,
    ...(lengths.length === 0 ? {} : { queued: lengths.reduce((total, length) => total + length, 0) }),
    ...(broker === undefined ? {} : { broker }),
    ...(clientConfig === undefined ? {} : { clientConfig }),
    workers: workers.map(({ settled: _settled, ...worker }) => worker),
  };
}

interface Judged extends WorkerStatus {
  settled?: boolean;
}

function autoscaling(input: StatusInput): Condition[] {
  if (input.scaling === undefined)
    return input.previous?.conditions?.filter((entry) => entry.type === 'Autoscaling') ?? [];
  const verdict = scalingVerdict(input.application?.name ?? '', input.scaling, input.observed);
  return verdict === undefined ? [] : [condition(input, 'Autoscaling', verdict.ok, verdict.reason, verdict.message)];
}

function workerStatus(input: StatusInput, worker: ResolvedWorker): Judged {
  const pool = worker.name;
  const deployment = input.observed.get(childKey('Deployment', workerName(input.application?.name ?? '', pool)));
  const without = replicasWithoutAutoscaler(worker);
  const desiredReplicas = worker.autoscaling === undefined ? without : (replicasOf(deployment) ?? without);
  const { replicas, readyReplicas, updatedReplicas, settled, failure } = rollout(deployment, desiredReplicas);
  const scaling = input.scaling?.find((state) => state.pool === pool);
  const queueLength = input.queueLengths?.get(pool);
  const message = settled ? undefined : (failure ?? podTrouble(input.pods, (pod) => pod.pool === pool));
  return {
    name: pool,
    desiredReplicas,
    replicas,
    readyReplicas,
    updatedReplicas,
    ...(scaling?.kind === undefined || scaling.hindrance !== undefined ? {} : { autoscaler: scaling.kind }),
    ...(queueLength === undefined ? {} : { queueLength }),
    ...(message === undefined ? {} : { message }),
    settled,
  };
}

/** What is unready besides the workers. */
interface Lagging {
  readonly name: string;
  readonly rollout: Rollout;
  readonly message?: string;
}

function lagging(input: StatusInput): Lagging[] {
  return (input.components ?? []).flatMap((desired) => {
    const wanted = (desired.spec as { replicas?: number } | undefined)?.replicas ?? 1;
    const seen = rollout(input.observed.get(childKey(desired.kind, desired.metadata?.name)), wanted);
    if (seen.settled) return [];
    const component = desired.metadata?.labels?.[LABELS.component] ?? desired.metadata?.name ?? '';
    const message = seen.failure ?? podTrouble(input.pods, (pod) => pod.component === component);
    return [{ name: component, rollout: seen, ...(message === undefined ? {} : { message }) }];
  });
}

/** What keeps pods from their wanted state, or undefined while they are merely on their way. */
function podTrouble(pods: readonly PodSummary[], mine: (pod: PodSummary) => boolean): string | undefined {
  const troubled = pods.find((pod) => mine(pod) && !pod.terminating && pod.problem !== undefined);
  return troubled === undefined ? undefined : `pod ${troubled.name}: ${troubled.problem}`;
}

function judge(input: StatusInput, workers: readonly Judged[]): { ok: boolean; reason: Reason; message: string } {
  const problem = stall(input) ?? input.problem;
  if (problem) return { ok: false, reason: problem.reason, message: problem.message };
  const total = sum(workers, 'desiredReplicas');
  const unsettled: Unsettled[] = [
    ...workers
      .filter((worker) => worker.settled === false)
      .map((worker) => told(`pool ${worker.name}`, worker, worker)),
    ...lagging(input).map((part) => told(part.name, part.rollout, part)),
  ];
  if (unsettled.length === 0)
    return {
      ok: true,
      reason: REASONS.ready,
      message: total === 1 ? '1 worker is ready' : `all ${total} workers are ready`,
    };
  const hindered = unsettled.filter((part) => part.hindered);
  const [reason, named] = hindered.length > 0 ? [REASONS.notReady, hindered] : [REASONS.progressing, unsettled];
  return { ok: false, reason, message: named.map((part) => part.sentence).join('; ') };
}

interface Unsettled {
  readonly sentence: string;
  readonly hindered: boolean;
}

function told(
  name: string,
  counts: Partial<Pick<Rollout, 'readyReplicas' | 'desiredReplicas' | 'updatedReplicas'>>,
  { message }: { readonly message?: string },
): Unsettled {
  const count = `${counts.readyReplicas} of ${counts.desiredReplicas} ready, ${counts.updatedReplicas} updated`;
  return {
    sentence: `${name}: ${count}${message === undefined ? '' : `; ${message}`}`,
    hindered: message !== undefined,
  };
}

function stall(input: StatusInput): Problem | undefined {
  const errors = input.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) {
    const message = `the last good workers stay as they are; ${errors.map(formatFinding).join('; ')}`;
    return { reason: REASONS.invalidSpec, message: message.slice(0, 8000), final: true };
  }
  return input.problem?.final ? input.problem : undefined;
}

function condition(input: StatusInput, type: ConditionType, on: boolean, reason: Reason, message: string): Condition {
  const state = on ? 'True' : 'False';
  const before = input.previous?.conditions?.find((entry) => entry.type === type);
  return {
    type,
    status: state,
    reason,
    message,
    observedGeneration: input.generation,
    lastTransitionTime: before?.status === state ? before.lastTransitionTime : input.now,
  };
}

const sum = (workers: readonly WorkerStatus[], field: 'readyReplicas' | 'desiredReplicas'): number =>
  workers.reduce((total, worker) => total + (worker[field] ?? 0), 0);
