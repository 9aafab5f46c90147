import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import { lastOption, type RuleContext, type WorkerContext } from './context.ts';
import { LIMIT_FIELDS } from './limits.ts';
import { mapAt, member } from './read.ts';

/** An option, the setting behind it, and the pools that honour them. Source: measured on 5.3 to 5.7, and Celery's userguide/workers */
const ONLY_IN = [
  { option: 'max_tasks_per_child', setting: 'worker_max_tasks_per_child', pools: ['prefork'] },
  { option: 'max_memory_per_child', setting: 'worker_max_memory_per_child', pools: ['prefork'] },
  { option: 'soft_time_limit', setting: 'task_soft_time_limit', pools: ['prefork'] },
  { option: 'time_limit', setting: 'task_time_limit', pools: ['prefork', 'gevent'] },
  { option: 'pool_start_method', setting: 'worker_pool_start_method', pools: ['prefork'] },
  { option: 'autoscale', setting: undefined, pools: ['prefork', 'gevent', 'eventlet'] },
] as const;

/** CEL212: what the pool ignores. Settings of the whole application are left alone: other pools may honour them. */
export function withoutEffect({ workers }: RuleContext): Finding[] {
  return workers.flatMap((worker) => {
    const found = ONLY_IN.flatMap(({ option, setting, pools }) => {
      if ((pools as readonly string[]).includes(worker.pool)) return [];
      const field = LIMIT_FIELDS.find((limit) => limit.option === option)?.field;
      const inField = field !== undefined && member(worker.worker, field) !== undefined;
      const inArgs = lastOption(worker.args, option);
      const inConfig = setting !== undefined && member(mapAt(worker.worker, 'config'), setting) != null;
      const allowed = `it works with ${pools.join(', ')}`;
      return [
        ...(inField
          ? [
              finding(
                'CEL212',
                `${worker.path}.${field}`,
                `has no effect in pool ${shown(worker)}`,
                `remove it; ${allowed}`,
              ),
            ]
          : []),
        ...(inArgs === undefined
          ? []
          : [
              finding(
                'CEL212',
                `${worker.path}.args[${inArgs.index}]`,
                `--${option.replaceAll('_', '-')} has no effect in pool ${shown(worker)}`,
                `remove it; ${allowed}`,
              ),
            ]),
        ...(inConfig
          ? [
              finding(
                'CEL212',
                `${worker.path}.config.${setting}`,
                `has no effect in pool ${shown(worker)}`,
                `remove it; ${allowed}`,
              ),
            ]
          : []),
      ];
    });
    const concurrency = member(worker.worker, 'concurrency');
    if (worker.pool === 'solo' && typeof concurrency === 'number' && concurrency > 1)
      found.push(
        finding(
          'CEL212',
          `${worker.path}.concurrency`,
          'has no effect in pool solo, which runs one task at a time',
          'remove it, or choose another pool',
        ),
      );
    return found;
  });
}

const POOLS = new Set(['prefork', 'threads', 'gevent', 'eventlet', 'solo']);
const shown = (worker: WorkerContext): string => (POOLS.has(worker.pool) ? worker.pool : 'of that name');

/** CEL213: a soft limit that comes too late. */
export function softBeforeHard({ workers }: RuleContext): Finding[] {
  return workers.flatMap((worker) => {
    const soft = limit(worker, 'softTimeLimitSeconds', 'soft_time_limit', 'task_soft_time_limit');
    const hard = limit(worker, 'timeLimitSeconds', 'time_limit', 'task_time_limit');
    if (soft === undefined || hard === undefined || soft.seconds < hard.seconds) return [];
    return [
      finding(
        'CEL213',
        soft.path,
        `the soft time limit (${soft.seconds} s) is not below the hard one (${hard.seconds} s)`,
        'lower it, so that the task has time to react',
      ),
    ];
  });
}

function limit(
  worker: WorkerContext,
  field: string,
  option: string,
  setting: string,
): { seconds: number; path: string } | undefined {
  const typed = member(worker.worker, field);
  if (typeof typed === 'number' && typed > 0) return { seconds: typed, path: `${worker.path}.${field}` };
  const inArgs = lastOption(worker.args, option);
  if (inArgs !== undefined) {
    const seconds = Number(inArgs.value ?? Number.NaN);
    return seconds > 0 ? { seconds, path: `${worker.path}.args[${inArgs.index}]` } : undefined;
  }
  const own = member(mapAt(worker.worker, 'config'), setting);
  const seconds = own ?? member(worker.settings, setting);
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return { seconds, path: own === undefined ? `spec.config.${setting}` : `${worker.path}.config.${setting}` };
}

/** CEL218: pools whose concurrency nothing tells. */
export function statedConcurrency({ workers }: RuleContext): Finding[] {
  return workers.flatMap((worker) => {
    if (!['threads', 'gevent', 'eventlet'].includes(worker.pool)) return [];
    if (member(worker.worker, 'concurrency') !== undefined || typeof worker.settings.worker_concurrency === 'number')
      return [];
    return [
      finding(
        'CEL218',
        `${worker.path}.concurrency`,
        `is not set, and pool ${worker.pool} has no useful default`,
        'write how many tasks may run at once in one pod',
      ),
    ];
  });
}
