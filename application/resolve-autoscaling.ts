import type { WorkerSpec } from './celery-application.ts';

type AutoscalingSpec = NonNullable<WorkerSpec['autoscaling']>;

/** Who decides how many pods a pool has, with every default filled in. */
export interface ResolvedAutoscaling {
  /** KEDA where a metric needs it; a plain HorizontalPodAutoscaler for CPU and memory alone. Never both. */
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject';
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly queueLength?: { readonly target: number; readonly activation: number };
  readonly cpu?: AutoscalingSpec['cpu'];
  readonly memory?: AutoscalingSpec['memory'];
  readonly triggers: NonNullable<AutoscalingSpec['triggers']>;
  readonly behavior: object;
  readonly pollingIntervalSeconds: number;
  readonly cooldownPeriodSeconds: number;
  readonly fallback?: Required<NonNullable<AutoscalingSpec['fallback']>>;
}

const POLLING_SECONDS = 15;
const COOLDOWN_SECONDS = 300;
/** Kubernetes' own default, written out: a controller manager may be started with another, and a worker must not go at each short pause. */
const SCALE_DOWN_WINDOW_SECONDS = 300;

/** The queue that Celery uses where nothing names one: celery/app/defaults.py, `task_default_queue`. */
const DEFAULT_QUEUE = 'celery';

/** Fills the defaults in. */
export function resolveAutoscaling(spec: AutoscalingSpec): ResolvedAutoscaling {
  const minReplicas = spec.minReplicas ?? 1;
  const triggers = spec.triggers ?? [];
  const behavior = (spec.behavior ?? {}) as { readonly scaleDown?: object };
  const readsOutside =
    spec.queueLength !== undefined || triggers.some(({ type }) => type !== 'cpu' && type !== 'memory');
  const fallback =
    spec.fallback === undefined
      ? // A broker that cannot be read says nothing about the load: nobody is sent home.
        { failureThreshold: 3, replicas: Math.max(minReplicas, 1), behavior: 'currentReplicasIfHigher' as const }
      : { behavior: 'static' as const, ...spec.fallback };
  return {
    kind: spec.queueLength !== undefined || triggers.length > 0 ? 'ScaledObject' : 'HorizontalPodAutoscaler',
    minReplicas,
    maxReplicas: spec.maxReplicas,
    ...(spec.queueLength === undefined
      ? {}
      : { queueLength: { target: spec.queueLength.target, activation: spec.queueLength.activation ?? 0 } }),
    ...(spec.cpu === undefined ? {} : { cpu: spec.cpu }),
    ...(spec.memory === undefined ? {} : { memory: spec.memory }),
    triggers,
    behavior: {
      ...behavior,
      scaleDown: { stabilizationWindowSeconds: SCALE_DOWN_WINDOW_SECONDS, ...behavior.scaleDown },
    },
    pollingIntervalSeconds: spec.pollingIntervalSeconds ?? POLLING_SECONDS,
    cooldownPeriodSeconds: spec.cooldownPeriodSeconds ?? COOLDOWN_SECONDS,
    // KEDA refuses a fallback where nothing but CPU and memory is measured.
    ...(readsOutside ? { fallback } : {}),
  };
}

/**
 * The queues that a pool's length is counted over.
 * @param queues the pool's own list
 * @param settings effective settings of the pool
 */
export function countedQueues(queues: readonly string[], settings: Readonly<Record<string, unknown>>): string[] {
  if (queues.length > 0) return [...new Set(queues)];
  const byDefault = settings.task_default_queue;
  return [typeof byDefault === 'string' && byDefault !== '' ? byDefault : DEFAULT_QUEUE];
}

/** Number of pods of a pool that nobody scales: the autoscaler's least, but never none, because nobody would start the first. */
export const leastAwake = ({ minReplicas }: { readonly minReplicas: number }): number => Math.max(minReplicas, 1);
