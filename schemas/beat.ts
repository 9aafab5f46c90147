import type { ObjectSchema, Schema } from './dialect.ts';

/** Parts that every component has, as spec names them too. */
interface ComponentSchemas {
  readonly image: Schema;
  readonly logLevel: Schema;
  readonly args: Schema;
  readonly env: Schema;
  readonly envFrom: Schema;
  readonly resources: Schema;
  readonly podTemplate: Schema;
}

/** Where the schedule database is kept; its directory is a volume. */
export const DEFAULT_SCHEDULE = '/var/lib/celery-beat/celerybeat-schedule';

/** spec.beat. @param parts what it has in common with other components, under the same names */
export function beatSchema<Parts extends ComponentSchemas>(parts: Parts) {
  return {
    type: 'object',
    description:
      'The scheduler that sends periodic tasks: always one, as StatefulSet <application>-beat. {} turns it on. Its entries stand in config.beat_schedule, or in the application module.',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      schedule: {
        type: 'string',
        description: `Path of the schedule database (-s), which remembers when each entry ran. Its directory is mounted: from storage, or from an emptyDir. Defaults to ${DEFAULT_SCHEDULE}.`,
        // Not directly below "/", and nothing that a mount path must not hold.
        pattern: '^(/[A-Za-z0-9_][A-Za-z0-9._-]*){2,}$',
        maxLength: 512,
        example: DEFAULT_SCHEDULE,
      },
      scheduler: {
        type: 'string',
        description:
          'Scheduler class (-S), or an alias that the image registers: django_celery_beat.schedulers:DatabaseScheduler, django, redbeat.RedBeatScheduler. Defaults to config.beat_scheduler, else celery.beat:PersistentScheduler.',
        minLength: 1,
        maxLength: 512,
        example: 'django_celery_beat.schedulers:DatabaseScheduler',
      },
      maxIntervalSeconds: {
        type: 'integer',
        format: 'int32',
        description:
          "Longest sleep between two looks at the schedule (--max-interval). Defaults to config.beat_max_loop_interval, else the scheduler's own: 300, with django-celery-beat 5.",
        minimum: 1,
        maximum: 86400,
      },
      logLevel: parts.logLevel,
      args: parts.args,
      storage: {
        type: 'object',
        description:
          'Keeps the schedule database on a PersistentVolumeClaim (schedule-<application>-beat-0), so that long intervals survive a new pod. Without it: an emptyDir, which a container restart keeps and a new pod does not.',
        required: ['size'],
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          size: {
            type: 'string',
            description: 'Size of the claim, a Kubernetes quantity. A claim that exists keeps its size.',
            pattern: '^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$',
            maxLength: 32,
            example: '100Mi',
          },
          className: {
            type: 'string',
            description: "StorageClass. Defaults to the cluster's default class.",
            maxLength: 253,
          },
        },
      },
      image: parts.image,
      env: parts.env,
      envFrom: parts.envFrom,
      resources: parts.resources,
      podTemplate: parts.podTemplate,
    },
  } as const;
}

/** status.beat */
export const beatStatus = {
  type: 'object',
  description: 'The scheduler of periodic tasks, where there is one.',
  required: ['ready'],
  properties: {
    ready: { type: 'boolean', description: 'Whether it runs, in its current revision.' },
    message: { type: 'string', description: 'What keeps it from that.', maxLength: 1024 },
  },
} as const satisfies ObjectSchema;
