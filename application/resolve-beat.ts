import type { EnvFromSource, ResourceRequirements } from 'kubernetes-types/core/v1.js';
import { parseBeatArgs } from '../celery/command-line/parse.ts';
import type { Settings } from '../celery/config-file.ts';
import { hasMailbox } from '../celery/transports.ts';
import { DEFAULT_SCHEDULE } from '../schemas/beat.ts';
import type { EnvVarSpec, Spec } from './celery-application.ts';
import type { PodDefaults } from './pod-defaults.ts';
import type { PodTemplate } from './pod-template.ts';
import { mergeByName, podTemplatesOf } from './pod-templates.ts';

/**
 * How it is found out that beat no longer works.
 * ping: it answers remote control (Celery 5.7). tick: the agent keeps the time of the next tick in a file.
 * schedule: the age of the schedule database, which only Celery's own scheduler writes. none: nothing tells.
 */
export type BeatLiveness =
  | { readonly kind: 'ping' }
  | { readonly kind: 'tick' | 'schedule'; readonly maxAgeSeconds: number }
  | { readonly kind: 'none' };

/** The scheduler with every default filled in. */
export interface ResolvedBeat {
  /** 1, or 0 while the application is suspended: never more. */
  readonly replicas: 0 | 1;
  readonly image: string;
  /** Absolute path of the schedule database. */
  readonly schedule: string;
  readonly scheduler?: string;
  readonly maxInterval?: number;
  readonly logLevel: string;
  readonly args: readonly string[];
  readonly settings: Settings;
  readonly storage?: { readonly size: string; readonly className?: string };
  readonly env: readonly EnvVarSpec[];
  readonly envFrom: readonly EnvFromSource[];
  readonly resources?: ResourceRequirements;
  readonly podTemplates: readonly PodTemplate[];
  readonly liveness: BeatLiveness;
}

/** Celery's DEFAULT_MAX_INTERVAL; django-celery-beat's is shorter. */
const DEFAULT_INTERVAL_SECONDS = 300;
/** Sending to a broker that answers slowly is part of a tick: a socket's timeout in beat is 30 s. */
const TICK_OVERDUE_SECONDS = 120;
/** Scheduler.sync_every: the schedule is written at the first wake-up that comes this long after the last time. */
const SYNC_SECONDS = 180;
export const DEFAULT_SCHEDULER = 'celery.beat:PersistentScheduler';

/**
 * Fills beat's defaults in; undefined where the application has none.
 * @param defaults of the installation
 */
export function resolveBeat(spec: Spec, defaults: PodDefaults): ResolvedBeat | undefined {
  const { beat } = spec;
  if (beat === undefined) return undefined;
  const interval = Math.ceil(
    beat.maxIntervalSeconds ?? positive(spec.config?.beat_max_loop_interval) ?? DEFAULT_INTERVAL_SECONDS,
  );
  const liveness = beatLiveness(spec, interval);
  return {
    image: beat.image ?? spec.image,
    schedule: beat.schedule ?? DEFAULT_SCHEDULE,
    ...(beat.scheduler === undefined ? {} : { scheduler: beat.scheduler }),
    ...(beat.maxIntervalSeconds === undefined ? {} : { maxInterval: beat.maxIntervalSeconds }),
    logLevel: beat.logLevel ?? 'INFO',
    args: beat.args ?? [],
    settings: {
      // Written after each run, or a killed beat would run the last entries again.
      beat_sync_every: 1,
      ...(liveness.kind === 'ping' ? { beat_remote_control_max_tick_age: interval + 60 } : {}),
      ...spec.config,
    },
    ...(beat.storage === undefined ? {} : { storage: beat.storage }),
    replicas: spec.suspend === true ? 0 : 1,
    env: mergeByName(spec.env ?? [], beat.env ?? []),
    envFrom: [...(spec.envFrom ?? []), ...(beat.envFrom ?? [])] as EnvFromSource[],
    ...(beat.resources === undefined ? {} : { resources: beat.resources as ResourceRequirements }),
    podTemplates: podTemplatesOf([spec.podTemplate, beat.podTemplate], beat.resources, defaults),
    liveness,
  };
}

function beatLiveness(spec: Spec, interval: number): BeatLiveness {
  const { beat, config } = spec;
  const answers =
    spec.celeryVersion === '5.7' &&
    spec.broker.fromImage === undefined &&
    config?.beat_enable_remote_control !== false &&
    config?.worker_enable_remote_control !== false &&
    !parseBeatArgs(beat?.args ?? []).options.some(({ written }) => written === '--no-enable-remote-control') &&
    hasMailbox(spec.broker.url);
  if (answers) return { kind: 'ping' };
  if (spec.agent !== 'Disabled') return { kind: 'tick', maxAgeSeconds: TICK_OVERDUE_SECONDS };
  const scheduler = beat?.scheduler ?? config?.beat_scheduler ?? DEFAULT_SCHEDULER;
  return scheduler === DEFAULT_SCHEDULER
    ? { kind: 'schedule', maxAgeSeconds: interval + SYNC_SECONDS + TICK_OVERDUE_SECONDS }
    : { kind: 'none' };
}

const positive = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);
