import type { Line } from '../settings/tables.ts';

/** How an option's value is read. A flag has none. */
export type OptionValue =
  | 'flag'
  | 'text'
  | 'integer'
  | 'number'
  | 'list'
  | 'concurrency'
  | 'autoscale'
  | readonly string[];

/** One option of a command. */
export interface CommandOption {
  /** click's name of the parameter, which also names the environment variable CELERY_<COMMAND>_<NAME>. */
  readonly name: string;
  readonly long: readonly string[];
  readonly short?: string;
  readonly value: OptionValue;
  /** First line that has it; undefined: all supported ones. */
  readonly since?: Line;
}

const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL', 'FATAL'];

/** `custom` reads CELERY_CUSTOM_WORKER_POOL; `processes` is another word for prefork. */
const POOLS = ['prefork', 'eventlet', 'gevent', 'solo', 'processes', 'threads', 'custom'];

/** Every option of `celery worker`, 5.3 to 5.7. Source: the parameters of `celery.bin.worker.worker`, compared line by line. */
export const WORKER_OPTIONS: readonly CommandOption[] = [
  { name: 'hostname', long: ['--hostname'], short: '-n', value: 'text' },
  { name: 'detach', long: ['--detach'], short: '-D', value: 'flag' },
  { name: 'statedb', long: ['--statedb'], short: '-S', value: 'text' },
  { name: 'loglevel', long: ['--loglevel'], short: '-l', value: LEVELS },
  { name: 'optimization', long: ['--optimization'], short: '-O', value: ['default', 'fair'] },
  { name: 'prefetch_multiplier', long: ['--prefetch-multiplier'], value: 'integer' },
  { name: 'disable_prefetch', long: ['--disable-prefetch'], value: 'flag', since: '5.6' },
  { name: 'concurrency', long: ['--concurrency'], short: '-c', value: 'concurrency' },
  { name: 'pool', long: ['--pool'], short: '-P', value: POOLS },
  { name: 'task_events', long: ['--task-events', '--events'], short: '-E', value: 'flag' },
  { name: 'time_limit', long: ['--time-limit'], value: 'number' },
  { name: 'soft_time_limit', long: ['--soft-time-limit'], value: 'number' },
  { name: 'max_tasks_per_child', long: ['--max-tasks-per-child'], value: 'integer' },
  { name: 'pool_start_method', long: ['--pool-start-method'], value: ['fork', 'spawn'], since: '5.7' },
  { name: 'max_memory_per_child', long: ['--max-memory-per-child'], value: 'integer' },
  { name: 'purge', long: ['--purge', '--discard'], value: 'flag' },
  { name: 'queues', long: ['--queues'], short: '-Q', value: 'list' },
  { name: 'exclude_queues', long: ['--exclude-queues'], short: '-X', value: 'list' },
  { name: 'include', long: ['--include'], short: '-I', value: 'list' },
  { name: 'without_gossip', long: ['--without-gossip'], value: 'flag' },
  { name: 'without_mingle', long: ['--without-mingle'], value: 'flag' },
  { name: 'without_heartbeat', long: ['--without-heartbeat'], value: 'flag' },
  { name: 'heartbeat_interval', long: ['--heartbeat-interval'], value: 'integer' },
  { name: 'autoscale', long: ['--autoscale'], value: 'autoscale' },
  { name: 'beat', long: ['--beat'], short: '-B', value: 'flag' },
  { name: 'schedule_filename', long: ['--schedule-filename', '--schedule'], short: '-s', value: 'text' },
  { name: 'scheduler', long: ['--scheduler'], value: 'text' },
  { name: 'logfile', long: ['--logfile'], short: '-f', value: 'text' },
  { name: 'pidfile', long: ['--pidfile'], value: 'text' },
  { name: 'uid', long: ['--uid'], value: 'text' },
  { name: 'gid', long: ['--gid'], value: 'text' },
  { name: 'umask', long: ['--umask'], value: 'text' },
  { name: 'executable', long: ['--executable'], value: 'text' },
  { name: 'help', long: ['--help'], value: 'flag' },
];

/** Options of `celery` itself: they stand before "worker" and nowhere else. Source: celery/bin/celery.py */
export const GLOBAL_OPTIONS: readonly CommandOption[] = [
  { name: 'app', long: ['--app'], short: '-A', value: 'text' },
  { name: 'broker', long: ['--broker'], short: '-b', value: 'text' },
  { name: 'result_backend', long: ['--result-backend'], value: 'text' },
  { name: 'loader', long: ['--loader'], value: 'text' },
  { name: 'config', long: ['--config'], value: 'text' },
  { name: 'workdir', long: ['--workdir'], value: 'text' },
  { name: 'no_color', long: ['--no-color'], short: '-C', value: 'flag' },
  { name: 'quiet', long: ['--quiet'], short: '-q', value: 'flag' },
  { name: 'version', long: ['--version'], value: 'flag' },
  { name: 'skip_checks', long: ['--skip-checks'], value: 'flag' },
];

/** Every option of `celery beat`, 5.3 to 5.7. Source: the parameters of `celery.bin.beat.beat`, compared line by line. */
export const BEAT_OPTIONS: readonly CommandOption[] = [
  { name: 'detach', long: ['--detach'], value: 'flag' },
  { name: 'schedule', long: ['--schedule'], short: '-s', value: 'text' },
  { name: 'scheduler', long: ['--scheduler'], short: '-S', value: 'text' },
  { name: 'max_interval', long: ['--max-interval'], value: 'integer' },
  {
    name: 'remote_control',
    long: ['--enable-remote-control', '--no-enable-remote-control'],
    value: 'flag',
    since: '5.7',
  },
  { name: 'hostname', long: ['--hostname'], short: '-n', value: 'text', since: '5.7' },
  { name: 'loglevel', long: ['--loglevel'], short: '-l', value: LEVELS },
  { name: 'logfile', long: ['--logfile'], short: '-f', value: 'text' },
  { name: 'pidfile', long: ['--pidfile'], value: 'text' },
  { name: 'uid', long: ['--uid'], value: 'text' },
  { name: 'gid', long: ['--gid'], value: 'text' },
  { name: 'umask', long: ['--umask'], value: 'text' },
  { name: 'executable', long: ['--executable'], value: 'text' },
  { name: 'help', long: ['--help'], value: 'flag' },
];

/**
 * An option as words of a command line, its short form where it has one.
 * @param table options of the command
 * @param name click's name; only names that stand in the table
 * @param value undefined for flags
 */
export function written(table: readonly CommandOption[], name: string, value?: string): string[] {
  const option = table.find((candidate) => candidate.name === name);
  if (option === undefined) throw new Error(`no such option: ${name}`);
  const word = option.short ?? option.long[0] ?? '';
  return value === undefined ? [word] : [word, value];
}
