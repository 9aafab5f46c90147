import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Status } from '../application/celery-application.ts';
import { type Finding, formatFinding } from '../application/finding.ts';
import { workerName } from '../application/names.ts';
import type { ResolvedApplication } from '../application/resolve.ts';
import type { PodSummary } from './pod-problem.ts';
import { type ConditionType, REASONS, type Reason } from './reasons.ts';

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
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly pods: readonly PodSummary[];
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
    input.application?.workers.map((worker) => workerStatus(input, worker.name, worker.replicas)) ??
    input.previous?.workers ??
    [];
  const ready = judge(input, workers);
  const stalled = stall(input);
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
  ];
  return {
    observedGeneration: input.generation,
    conditions,
    readyWorkers: `${sum(workers, 'readyReplicas')}/${sum(workers, 'desiredReplicas')}`,
    ...(broker === undefined ? {} : { broker }),
    ...(clientConfig === undefined ? {} : { clientConfig }),
    workers: workers.map(({ settled: _settled, ...worker }) => worker),
  };
}

interface Judged extends WorkerStatus {
  settled?: boolean;
}

function workerStatus(input: StatusInput, pool: string, desiredReplicas: number): Judged {
  const deployment = input.deployments.get(workerName(input.application?.name ?? '', pool));
  const seen = deployment?.status ?? {};
  const current = (seen.observedGeneration ?? 0) >= (deployment?.metadata?.generation ?? 1);
  const replicas = seen.replicas ?? 0;
  const readyReplicas = seen.readyReplicas ?? 0;
  const updatedReplicas = current ? (seen.updatedReplicas ?? 0) : 0;
  const settled =
    deployment !== undefined &&
    current &&
    updatedReplicas === desiredReplicas &&
    replicas === desiredReplicas &&
    (seen.availableReplicas ?? 0) === desiredReplicas;
  const message = settled ? undefined : hindrance(deployment, input.pods, pool);
  return {
    name: pool,
    desiredReplicas,
    replicas,
    readyReplicas,
    updatedReplicas,
    ...(message === undefined ? {} : { message }),
    settled,
  };
}

/** What keeps a pool from its wanted state, or undefined while it is merely on its way. */
function hindrance(deployment: Deployment | undefined, pods: readonly PodSummary[], pool: string): string | undefined {
  const failure = deployment?.status?.conditions?.find(
    (entry) => entry.type === 'ReplicaFailure' && entry.status === 'True',
  );
  if (failure) return `${failure.reason}: ${failure.message}`.slice(0, 900);
  const troubled = pods.find((pod) => pod.pool === pool && !pod.terminating && pod.problem !== undefined);
  return troubled === undefined ? undefined : `pod ${troubled.name}: ${troubled.problem}`;
}

function judge(input: StatusInput, workers: readonly Judged[]): { ok: boolean; reason: Reason; message: string } {
  const problem = stall(input) ?? input.problem;
  if (problem) return { ok: false, reason: problem.reason, message: problem.message };
  const total = sum(workers, 'desiredReplicas');
  const unsettled = workers.filter((worker) => worker.settled === false);
  if (unsettled.length === 0)
    return {
      ok: true,
      reason: REASONS.ready,
      message: total === 1 ? '1 worker is ready' : `all ${total} workers are ready`,
    };
  const hindered = unsettled.filter((worker) => worker.message !== undefined);
  if (hindered.length > 0)
    return { ok: false, reason: REASONS.notReady, message: hindered.map(poolSentence).join('; ') };
  return { ok: false, reason: REASONS.progressing, message: unsettled.map(poolSentence).join('; ') };
}

function poolSentence(worker: WorkerStatus): string {
  const count = `${worker.readyReplicas} of ${worker.desiredReplicas} ready, ${worker.updatedReplicas} updated`;
  return `pool ${worker.name}: ${count}${worker.message === undefined ? '' : `; ${worker.message}`}`;
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
