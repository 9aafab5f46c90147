import type { Status } from '../application/celery-application.ts';
import { type ChildObject, childKey } from '../application/child-object.ts';
import { type Finding, formatFinding } from '../application/finding.ts';
import { flowerUrl } from '../application/flower.ts';
import { ANNOTATIONS, flowerName, LABELS, workerName } from '../application/names.ts';
import type { ResolvedApplication, ResolvedWorker } from '../application/resolve.ts';
import type { ScalingState } from './handover.ts';
import type { LostPod } from './lost-node.ts';
import type { PodSummary } from './pod-problem.ts';
import { type ConditionType, REASONS, type Reason } from './reasons.ts';
import { type Rollout, replicasOf, rollout } from './rollout.ts';
import { resting, scalingVerdict } from './scaling-status.ts';

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
  /** Reconciliation is stopped by annotation: children are judged by what they themselves ask for. */
  readonly paused?: boolean;
  /** Owned children, by childKey. */
  readonly observed: ReadonlyMap<string, ChildObject>;
  /** Deployments and StatefulSets, as they should be, of everything that is not a pool of workers: they have to be ready too. */
  readonly components?: readonly ChildObject[];
  readonly pods: readonly PodSummary[];
  /** Pools whose number of pods an autoscaler decides, or is about to. */
  readonly scaling?: readonly ScalingState[];
  /** Waiting messages by pool, where KEDA told. */
  readonly queueLengths?: ReadonlyMap<string, number>;
  /** Beat's pod, where it waits for a node that does not answer. */
  readonly lostBeat?: LostPod;
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
  const flower = input.application === undefined ? input.previous?.flower : flowerStatus(input, input.application);
  const lengths = workers.flatMap(({ queueLength }) => queueLength ?? []);
  const clientConfig = input.clientConfig ?? input.previous?.clientConfig;
  const broker = input.broker ?? input.previous?.broker;
  const busy = !ready.ok && stalled === undefined && input.paused !== true;
  // While paused a newer specification has not been acted on.
  const observedGeneration = input.paused ? (input.previous?.observedGeneration ?? 0) : input.generation;
  const conditions: Condition[] = [
    condition(input, 'Ready', ready.ok, ready.reason, ready.message),
    condition(input, 'Reconciling', busy, busy ? ready.reason : REASONS.notStalled, busy ? ready.message : ''),
    condition(input, 'Stalled', stalled !== undefined, stalled?.reason ?? REASONS.notStalled, stalled?.message ?? ''),
    ...autoscaling(input),
    ...asked(input, 'Suspended', isSuspended(input), REASONS.suspended, SUSPENDED),
    ...asked(input, 'Paused', input.paused === true, REASONS.paused, PAUSED),
  ];
  return {
    observedGeneration,
    conditions,
    readyWorkers: `${sum(workers, 'readyReplicas')}/${sum(workers, 'desiredReplicas')}`,
    ...(lengths.length === 0 ? {} : { queued: lengths.reduce((total, length) => total + length, 0) }),
    ...(broker === undefined ? {} : { broker }),
    ...(clientConfig === undefined ? {} : { clientConfig }),
    workers: workers.map(({ settled: _settled, ...worker }) => worker),
    ...beatStatus(input),
    ...(flower === undefined ? {} : { flower }),
  };
}

function flowerStatus(input: StatusInput, application: ResolvedApplication): Status['flower'] {
  const { flower } = application;
  if (flower === undefined) return undefined;
  const seen = rollout(input.observed.get(childKey('Deployment', flowerName(application.name))), 1);
  const message = seen.settled
    ? undefined
    : (seen.failure ?? podTrouble(input.pods, (pod) => pod.component === 'flower'));
  return {
    ready: seen.readyReplicas > 0,
    url: flowerUrl(application, flower),
    ...(message === undefined ? {} : { message: message.slice(0, 1024) }),
  };
}

interface Judged extends WorkerStatus {
  settled?: boolean;
}

const SUSPENDED = 'spec.suspend is true: no component runs a pod, nothing is deleted, and tasks wait in the broker';
const PAUSED = `the annotation ${ANNOTATIONS.paused} is "true": children stay as they are until it is removed`;

const isSuspended = (input: StatusInput): boolean => input.application?.suspended ?? false;

/** Conditions that most applications never have: absent until asked for, then told also when they end. */
function asked(input: StatusInput, type: ConditionType, on: boolean, reason: Reason, message: string): Condition[] {
  const known = input.previous?.conditions?.some((entry) => entry.type === type) ?? false;
  if (!on && !known) return [];
  return [on ? condition(input, type, true, reason, message) : condition(input, type, false, REASONS.notStalled, '')];
}

function autoscaling(input: StatusInput): Condition[] {
  if (input.scaling === undefined)
    return input.previous?.conditions?.filter((entry) => entry.type === 'Autoscaling') ?? [];
  const verdict = isSuspended(input)
    ? resting(input.scaling)
    : scalingVerdict(input.application?.name ?? '', input.scaling, input.observed);
  return verdict === undefined ? [] : [condition(input, 'Autoscaling', verdict.ok, verdict.reason, verdict.message)];
}

function workerStatus(input: StatusInput, worker: ResolvedWorker): Judged {
  const pool = worker.name;
  const deployment = input.observed.get(childKey('Deployment', workerName(input.application?.name ?? '', pool)));
  const desiredReplicas = wantedReplicas(input, deployment, scaledReplicas(input, deployment, worker));
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

/** An autoscaler writes its decision into the Deployment; it cannot stand below its least for long. */
function scaledReplicas(input: StatusInput, seen: ChildObject | undefined, worker: ResolvedWorker): number {
  if (worker.autoscaling === undefined || isSuspended(input)) return worker.replicas;
  return Math.max(replicasOf(seen) ?? worker.replicas, worker.autoscaling.minReplicas);
}

/** While paused somebody else may scale: then a child's own number counts. */
function wantedReplicas(input: StatusInput, seen: ChildObject | undefined, asked: number): number {
  return (input.paused ? replicasOf(seen) : undefined) ?? asked;
}

/** What is unready besides the workers. */
interface Lagging {
  readonly name: string;
  readonly rollout: Rollout;
  readonly message?: string;
}

function lagging(input: StatusInput): Lagging[] {
  return (input.components ?? []).flatMap((desired) => {
    const found = input.observed.get(childKey(desired.kind, desired.metadata?.name));
    const seen = rollout(found, wantedReplicas(input, found, replicasOf(desired) ?? 1));
    if (seen.settled) return [];
    const component = desired.metadata?.labels?.[LABELS.component] ?? desired.metadata?.name ?? '';
    const message =
      (component === 'beat' ? waitingForNode(input.lostBeat) : undefined) ??
      seen.failure ??
      podTrouble(input.pods, (pod) => pod.component === component);
    return [{ name: component, rollout: seen, ...(message === undefined ? {} : { message }) }];
  });
}

function beatStatus(input: StatusInput): Pick<Status, 'beat'> {
  if (input.components === undefined)
    return input.application?.beat === undefined && input.application !== undefined ? {} : previousBeat(input);
  if (input.application?.beat === undefined) return {};
  const late = lagging(input).find((part) => part.name === 'beat');
  if (late === undefined) return { beat: { ready: true } };
  return { beat: { ready: false, ...(late.message === undefined ? {} : { message: late.message.slice(0, 1000) }) } };
}

const previousBeat = ({ previous }: StatusInput): Pick<Status, 'beat'> =>
  previous?.beat === undefined ? {} : { beat: previous.beat };

/** Why no new beat starts: nobody can tell whether the old one still runs. */
function waitingForNode(lost: LostPod | undefined): string | undefined {
  return lost === undefined
    ? undefined
    : `pod ${lost.pod} cannot end, node ${lost.node} is not ready: no second beat starts until the node answers or is deleted`;
}

/** What keeps pods from their wanted state, or undefined while they are merely on their way. */
function podTrouble(pods: readonly PodSummary[], mine: (pod: PodSummary) => boolean): string | undefined {
  const troubled = pods.find((pod) => mine(pod) && !pod.terminating && pod.problem !== undefined);
  if (troubled === undefined) return undefined;
  // What click ends with where Celery has no such command.
  const lacks = troubled.component === 'flower' && /exit (code )?2\b/.test(troubled.problem ?? '');
  return `pod ${troubled.name}: ${troubled.problem}${lacks ? '; does the image hold the Python package flower?' : ''}`;
}

interface Verdict {
  readonly ok: boolean;
  readonly reason: Reason;
  readonly message: string;
}

function judge(input: StatusInput, workers: readonly Judged[]): Verdict {
  const verdict = judgeParts(input, workers);
  if (!input.paused || verdict.reason === REASONS.invalidSpec) return verdict;
  return { ...verdict, reason: REASONS.paused, message: `${PAUSED}; ${verdict.message}` };
}

function judgeParts(input: StatusInput, workers: readonly Judged[]): Verdict {
  const problem = stall(input) ?? input.problem;
  if (problem) return { ok: false, reason: problem.reason, message: problem.message };
  const total = sum(workers, 'desiredReplicas');
  const unsettled: Unsettled[] = [
    ...workers
      .filter((worker) => worker.settled === false)
      .map((worker) => told(`pool ${worker.name}`, worker, worker)),
    ...lagging(input).map((part) => told(part.name, part.rollout, part)),
  ];
  if (unsettled.length === 0 && isSuspended(input)) return { ok: true, reason: REASONS.suspended, message: SUSPENDED };
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
