import type { Finding } from '../finding.ts';
import { hasOwnScheduler, schedules } from './beat-schedule.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { mapAt, member, textAt } from './read.ts';

/** CEL704: nothing to do. CEL706: nobody to do it. */
export function beatAndItsEntries(context: RuleContext): Finding[] {
  const entries = Object.keys(mapAt(context.spec, 'config', 'beat_schedule')).length;
  if (context.beat === undefined)
    return entries === 0
      ? []
      : [
          finding(
            'CEL706',
            'spec.config.beat_schedule',
            'is sent by nobody: the application has no beat',
            'write spec.beat: {}, unless a beat of your own runs',
          ),
        ];
  return entries > 0 || hasOwnScheduler(context)
    ? []
    : [
        finding(
          'CEL704',
          'spec.beat',
          'has no entries in config.beat_schedule',
          'write some, unless the application module defines its own',
        ),
      ];
}

/** From here on a new pod is likely to come before the next run. */
const LONG_SECONDS = 3600;

/** CEL705: a schedule that a new pod forgets. */
export function rememberedSchedule(context: RuleContext): Finding[] {
  const beat = context.beat?.beat;
  if (beat === undefined || member(beat, 'storage') !== undefined || hasOwnScheduler(context)) return [];
  const long = schedules(context).some(
    (schedule) => schedule !== undefined && (schedule.kind === 'cron' || schedule.seconds >= LONG_SECONDS),
  );
  if (!long || hasScheduleVolume(context)) return [];
  return [
    finding(
      'CEL705',
      'spec.beat',
      'forgets with each new pod when its entries ran last',
      'write spec.beat.storage: {size: 100Mi}, or accept that a run due while no beat ran is left out and that long intervals start anew',
    ),
  ];
}

function hasScheduleVolume({ spec, beat }: RuleContext): boolean {
  return [member(spec, 'podTemplate'), member(beat?.beat, 'podTemplate')].some((template) => {
    const volumes = member(member(template, 'spec'), 'volumes');
    return Array.isArray(volumes) && volumes.some((volume) => textAt(volume, 'name') === 'schedule');
  });
}

/** CEL707: a beat whose standstill nothing would notice. */
export function watchedBeat(context: RuleContext): Finding[] {
  if (context.beat === undefined || member(context.spec, 'agent') !== 'Disabled' || context.version === '5.7')
    return [];
  return hasOwnScheduler(context)
    ? [
        finding(
          'CEL707',
          'spec.beat',
          'has no liveness probe: without the agent nothing tells whether this scheduler still works',
          'set spec.agent to Enabled, or run Celery 5.7 and state that in spec.celeryVersion',
        ),
      ]
    : [];
}

/** Aliases that packages register for --scheduler, with the module that has to be in the image. */
const ALIASES: { readonly [alias: string]: string } = { django: 'django_celery_beat' };

/** CEL708: schedulers that cannot be imported. CEL709: what they need. */
export function importableScheduler({ spec, beat, transport }: RuleContext): Finding[] {
  const places = [
    { path: 'spec.beat.scheduler', value: textAt(beat?.beat, 'scheduler') },
    { path: 'spec.config.beat_scheduler', value: textAt(mapAt(spec, 'config'), 'beat_scheduler') },
  ];
  return places.flatMap(({ path, value }) => {
    if (value === undefined) return [];
    const name = value.slice(0, 80);
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?$/.test(value))
      return [
        finding('CEL708', path, 'cannot be imported', 'write module:Class or an alias, as in redbeat.RedBeatScheduler'),
      ];
    if (!/[.:]/.test(value) && !Object.hasOwn(ALIASES, value))
      return [
        finding(
          'CEL709',
          path,
          `${name} names no module, and works only where the image registers it as an alias (celery.beat_schedulers)`,
          'write module:Class',
        ),
      ];
    if (/^redbeat[.:]/.test(value) && transport !== undefined && !['redis', 'sentinel'].includes(transport))
      return member(mapAt(spec, 'config'), 'redbeat_redis_url') === undefined
        ? [
            finding(
              'CEL709',
              path,
              'keeps its schedule in Redis, which the broker is not',
              'write config.redbeat_redis_url',
            ),
          ]
        : [];
    return [];
  });
}

/** A setting, the field that wins over it, and whether that is so even where the field is absent. */
const FIELDS = [
  { setting: 'beat_scheduler', field: 'scheduler', always: false },
  { setting: 'beat_max_loop_interval', field: 'maxIntervalSeconds', always: false },
  { setting: 'beat_schedule_filename', field: 'schedule', always: true },
] as const;

/** CEL710: settings that a field of beat decides. */
export function settingsOfBeat({ spec, beat }: RuleContext): Finding[] {
  if (beat === undefined) return [];
  const config = mapAt(spec, 'config');
  return FIELDS.flatMap(({ setting, field, always }) => {
    const said = member(config, setting);
    const typed = member(beat.beat, field);
    if (said == null || said === typed || (typed === undefined && !always)) return [];
    return [
      finding(
        'CEL710',
        `spec.config.${setting}`,
        'has no effect: the operator passes the option',
        typed === undefined ? `remove it and write spec.beat.${field}` : `remove it, spec.beat.${field} says it`,
      ),
    ];
  });
}
