import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { mapAt, member } from './read.ts';

/** Typed fields that are an option of `celery worker`, and the setting that the option overrides. */
export const LIMIT_FIELDS = [
  { field: 'prefetchMultiplier', option: 'prefetch_multiplier', setting: 'worker_prefetch_multiplier' },
  { field: 'maxTasksPerChild', option: 'max_tasks_per_child', setting: 'worker_max_tasks_per_child' },
  { field: 'maxMemoryPerChild', option: 'max_memory_per_child', setting: 'worker_max_memory_per_child' },
  { field: 'timeLimitSeconds', option: 'time_limit', setting: 'task_time_limit' },
  { field: 'softTimeLimitSeconds', option: 'soft_time_limit', setting: 'task_soft_time_limit' },
] as const;

/** CEL115: a pool's setting that its own field overrides. The application's settings may be a default for other pools. */
export function limitsTwice({ workers }: RuleContext): Finding[] {
  return workers.flatMap(({ path, worker }) =>
    LIMIT_FIELDS.flatMap(({ field, setting }) =>
      member(worker, field) === undefined || member(mapAt(worker, 'config'), setting) == null
        ? []
        : [finding('CEL115', `${path}.config.${setting}`, `has no effect beside ${field}`, 'remove it')],
    ),
  );
}
