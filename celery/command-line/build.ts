import { WORKER_OPTIONS, written } from './options.ts';

/** Limits of tasks and child processes; what is undefined is left to the settings. */
export interface WorkerLimits {
  readonly prefetchMultiplier?: number;
  readonly maxTasksPerChild?: number;
  /** Celery's own unit: "resident memory, in KiB" (celery/bin/worker.py; measured by mem_rss in billiard/compat.py). */
  readonly maxMemoryPerChildKibibytes?: number;
  readonly timeLimitSeconds?: number;
  readonly softTimeLimitSeconds?: number;
}

/** What a worker's command line says. */
export interface WorkerCommand {
  /** celery -A; without it the default loader reads the module celeryconfig. */
  readonly app?: string;
  /** Node name; Celery expands %h to the host's name: default@%h. */
  readonly node: string;
  readonly concurrency: number;
  readonly pool: string;
  readonly queues?: readonly string[];
  readonly excludeQueues?: readonly string[];
  readonly logLevel: string;
  readonly limits?: WorkerLimits;
  /** Further options, appended as they are. */
  readonly args?: readonly string[];
}

/**
 * The command of one worker, in exec form.
 * Gossip is off: every worker would receive every other's heartbeat. Mingle stays on: without it a revoked task runs after a roll.
 */
export function buildWorkerCommand(command: WorkerCommand): string[] {
  const queues = command.queues ?? [];
  const excluded = command.excludeQueues ?? [];
  return [
    'celery',
    ...(command.app === undefined ? [] : ['-A', command.app]),
    'worker',
    ...written(WORKER_OPTIONS, 'hostname', command.node),
    ...written(WORKER_OPTIONS, 'concurrency', String(command.concurrency)),
    ...written(WORKER_OPTIONS, 'pool', command.pool),
    ...(queues.length === 0 ? [] : written(WORKER_OPTIONS, 'queues', queues.join(','))),
    ...(excluded.length === 0 ? [] : written(WORKER_OPTIONS, 'exclude_queues', excluded.join(','))),
    ...written(WORKER_OPTIONS, 'loglevel', command.logLevel),
    ...writtenLimits(command.limits ?? {}),
    ...written(WORKER_OPTIONS, 'without_gossip'),
    ...(command.args ?? []),
  ];
}

function writtenLimits(limits: WorkerLimits): string[] {
  const values: readonly (readonly [option: string, value: number | undefined])[] = [
    ['prefetch_multiplier', limits.prefetchMultiplier],
    ['max_tasks_per_child', limits.maxTasksPerChild],
    ['max_memory_per_child', limits.maxMemoryPerChildKibibytes],
    ['time_limit', limits.timeLimitSeconds],
    ['soft_time_limit', limits.softTimeLimitSeconds],
  ];
  return values.flatMap(([option, value]) =>
    value === undefined ? [] : written(WORKER_OPTIONS, option, String(value)),
  );
}
