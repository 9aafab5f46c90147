import { WORKER_OPTIONS, written } from './options.ts';

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
    ...written(WORKER_OPTIONS, 'without_gossip'),
    ...(command.args ?? []),
  ];
}
