import { cronProblem } from '../../celery/crontab.ts';
import { closest } from '../../schemas/unknown-fields.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { child, entriesOf, isMap, type JsonMap, mapAt, member, textAt } from './read.ts';

/** An entry of config.beat_schedule. */
interface Entry {
  readonly path: string;
  readonly value: unknown;
}

const PATH = 'spec.config.beat_schedule';

function entries({ spec }: RuleContext): Entry[] {
  return entriesOf(mapAt(spec, 'config', 'beat_schedule')).map(([name, value]) => ({ path: child(PATH, name), value }));
}

/** What an entry's schedule is: a cron string alone or as {crontab: …}, or seconds. */
export type ScheduleValue =
  | { readonly kind: 'cron'; readonly text: string; readonly path: string }
  | { readonly kind: 'seconds'; readonly seconds: number }
  | undefined;

function scheduleOf({ path, value }: Entry): ScheduleValue {
  const schedule = member(value, 'schedule');
  if (typeof schedule === 'number') return { kind: 'seconds', seconds: schedule };
  if (typeof schedule === 'string') return { kind: 'cron', text: schedule, path: `${path}.schedule` };
  const text = isMap(schedule) && Object.keys(schedule).length === 1 ? textAt(schedule, 'crontab') : undefined;
  return text === undefined ? undefined : { kind: 'cron', text, path: `${path}.schedule.crontab` };
}

/** Schedules of all entries that can be read. */
export const schedules = (context: RuleContext): ScheduleValue[] => entries(context).map(scheduleOf);

/** What celery.beat.ScheduleEntry takes from an entry. */
const KEYS = ['task', 'schedule', 'args', 'kwargs', 'options', 'relative'];

const SHAPES: readonly (readonly [key: string, fits: (value: unknown) => boolean, what: string])[] = [
  ['args', Array.isArray, 'a list'],
  ['kwargs', isMap, 'a map'],
  ['options', isMap, 'a map'],
  ['relative', (value) => typeof value === 'boolean', 'true or false'],
];

/** CEL701: entries that would end beat when it starts. */
export function scheduleEntries(context: RuleContext): Finding[] {
  // Other schedulers read entries in ways of their own.
  const own = hasOwnScheduler(context);
  return entries(context).flatMap(({ path, value }) => {
    if (!isMap(value)) return [finding('CEL701', path, 'must be a map', 'write task and schedule')];
    const found: Finding[] = [];
    if ((textAt(value, 'task') ?? '') === '')
      found.push(finding('CEL701', path, 'names no task', 'write task: the name under which workers know it'));
    if (member(value, 'schedule') === undefined)
      found.push(
        finding('CEL701', path, 'has no schedule', 'write schedule: seconds, or a cron string such as */5 * * * *'),
      );
    for (const [key, fits, what] of SHAPES)
      if (member(value, key) != null && !fits(member(value, key)))
        found.push(finding('CEL701', `${path}.${key}`, `must be ${what}`, `write ${what}`));
    return own ? found : [...found, ...unknownKeys(path, value)];
  });
}

function unknownKeys(path: string, entry: JsonMap): Finding[] {
  return entriesOf(entry).flatMap(([key]) => {
    if (KEYS.includes(key)) return [];
    const meant = closest(key, KEYS);
    const fix = meant === undefined ? `remove it, or use one of ${KEYS.join(', ')}` : `write ${meant}`;
    return [finding('CEL701', child(path, key), 'is no part of an entry, and beat would end over it', fix)];
  });
}

/** Whether a scheduler other than Celery's own is asked for. */
export function hasOwnScheduler({ spec }: RuleContext): boolean {
  const named = textAt(member(spec, 'beat'), 'scheduler') ?? textAt(mapAt(spec, 'config'), 'beat_scheduler');
  return named !== undefined && !/^celery\.beat[:.]PersistentScheduler$/.test(named);
}

/** CEL702: schedules that cannot be read, or never come. CEL703: cron strings that nothing would read. */
export function scheduleTimes(context: RuleContext): Finding[] {
  const agent = member(context.spec, 'agent') !== 'Disabled';
  return entries(context).flatMap((entry) => {
    if (member(entry.value, 'schedule') === undefined) return [];
    const schedule = scheduleOf(entry);
    if (schedule === undefined)
      return [
        finding(
          'CEL702',
          `${entry.path}.schedule`,
          'is neither a number of seconds nor a cron string',
          'write seconds, a cron string such as */5 * * * *, or {crontab: a cron string}',
        ),
      ];
    if (schedule.kind === 'seconds')
      return schedule.seconds > 0
        ? []
        : [
            finding(
              'CEL702',
              `${entry.path}.schedule`,
              'must be more than 0 seconds',
              'write the seconds between two runs',
            ),
          ];
    const problem = cronProblem(schedule.text);
    if (problem !== undefined) return [finding('CEL702', schedule.path, problem.problem, problem.fix)];
    return agent
      ? []
      : [
          finding(
            'CEL703',
            schedule.path,
            'is a cron string, and without the agent Celery is given no crontab object',
            'write seconds, define the entry in the application module, or set spec.agent to Enabled',
          ),
        ];
  });
}
