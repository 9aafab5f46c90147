import type { HorizontalPodAutoscaler, MetricSpec } from 'kubernetes-types/autoscaling/v2.js';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import { type KedaBroker, queueMetadata } from './keda-broker.ts';
import { CELERY_CONTAINER, childLabels, workerName } from './names.ts';
import type { ResolvedApplication, ResolvedWorker } from './resolve.ts';
import { countedQueues, type ResolvedAutoscaling } from './resolve-autoscaling.ts';

/** The part of keda.sh/v1alpha1 that is written here. Source: https://keda.sh/docs/2.21/reference/scaledobject-spec/ */
export interface ScaledObject {
  readonly apiVersion: 'keda.sh/v1alpha1';
  readonly kind: 'ScaledObject';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly pollingInterval?: number;
    readonly cooldownPeriod?: number;
    readonly initialCooldownPeriod: number;
    readonly fallback?: object;
    readonly advanced: {
      readonly horizontalPodAutoscalerConfig: { readonly name: string; readonly behavior: object };
      readonly scalingModifiers?: {
        readonly formula: string;
        readonly target: string;
        readonly activationTarget: string;
        readonly metricType: 'AverageValue';
      };
    };
    readonly triggers: readonly Trigger[];
  };
}

interface Trigger {
  readonly type: string;
  readonly name?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly metricType?: string;
  readonly authenticationRef?: { readonly name: string };
}

/** keda.sh/v1alpha1 TriggerAuthentication: which key of which Secret is which parameter. */
export interface TriggerAuthentication {
  readonly apiVersion: 'keda.sh/v1alpha1';
  readonly kind: 'TriggerAuthentication';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly secretTargetRef: readonly { readonly parameter: string; readonly name: string; readonly key: string }[];
  };
}

export type AutoscalerObject = HorizontalPodAutoscaler | ScaledObject | TriggerAuthentication;

/** What one pool's autoscaler is to be, or why there can be none. */
export type Autoscaler =
  | { readonly kind: 'none' }
  /** In the order in which they are to be applied. */
  | { readonly kind: ResolvedAutoscaling['kind']; readonly objects: readonly AutoscalerObject[] }
  | { readonly kind: 'impossible'; readonly problem: string };

const KEDA_API = 'keda.sh/v1alpha1';
/** KEDA keeps the target at this number and measures nothing: https://keda.sh/docs/2.21/concepts/scaling-deployments/#pausing-autoscaling */
const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';

/** Whether any pool of the application is scaled by the length of its queues. */
export const countsQueues = (application: ResolvedApplication): boolean =>
  application.workers.some((worker) => worker.autoscaling?.queueLength !== undefined);

/**
 * Renders the autoscaler of one pool. Pure.
 * @param owner as every child of the application carries it
 * @param broker what KEDA needs to read the broker; undefined: it cannot
 * @param secret name of the operator's Secret with the broker's credentials; required where `broker` names keys of it
 */
export function autoscaler(
  application: ResolvedApplication,
  worker: ResolvedWorker,
  owner: ObjectMeta['ownerReferences'],
  broker: KedaBroker | undefined,
  secret: string | undefined,
): Autoscaler {
  const { autoscaling } = worker;
  if (autoscaling === undefined) return { kind: 'none' };
  const metadata: ObjectMeta = {
    name: workerName(application.name, worker.name),
    namespace: application.namespace,
    labels: childLabels(application.name, 'worker', worker.name),
    ...(owner === undefined ? {} : { ownerReferences: owner }),
  };
  if (autoscaling.kind === 'HorizontalPodAutoscaler')
    return { kind: autoscaling.kind, objects: [horizontal(autoscaling, metadata)] };
  if (autoscaling.queueLength !== undefined && broker === undefined)
    return {
      kind: 'impossible',
      problem: `pool ${worker.name}: KEDA cannot read this broker's queues; scale by cpu, memory or triggers, or use Redis, Sentinel or RabbitMQ by a URL with a host that other pods reach`,
    };
  const authentication =
    autoscaling.queueLength === undefined || broker === undefined
      ? undefined
      : triggerAuthentication(metadata, broker, secret);
  // A HorizontalPodAutoscaler needs no such word: at 0 pods it rests by itself.
  const scaledMetadata = application.suspended ? { ...metadata, annotations: { [PAUSED_REPLICAS]: '0' } } : metadata;
  const scaledObject = scaled(worker, autoscaling, scaledMetadata, broker, authentication?.metadata.name);
  return {
    kind: autoscaling.kind,
    objects: [...(authentication === undefined ? [] : [authentication]), scaledObject],
  };
}

function horizontal(autoscaling: ResolvedAutoscaling, metadata: ObjectMeta): HorizontalPodAutoscaler {
  // Celery's container alone: a sidecar neither counts nor needs a request.
  const metric = (
    name: 'cpu' | 'memory',
    target: { averageUtilization?: number; averageValue?: string },
  ): MetricSpec => ({
    type: 'ContainerResource',
    containerResource: {
      name,
      container: CELERY_CONTAINER,
      target:
        target.averageValue === undefined
          ? { type: 'Utilization', averageUtilization: target.averageUtilization ?? 100 }
          : { type: 'AverageValue', averageValue: target.averageValue },
    },
  });
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name ?? '' },
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      behavior: autoscaling.behavior,
      metrics: [
        ...(autoscaling.cpu === undefined ? [] : [metric('cpu', autoscaling.cpu)]),
        ...(autoscaling.memory === undefined ? [] : [metric('memory', autoscaling.memory)]),
      ],
    },
  };
}

function triggerAuthentication(
  metadata: ObjectMeta,
  broker: KedaBroker,
  secret: string | undefined,
): TriggerAuthentication | undefined {
  const parameters = Object.entries(broker.parameters);
  if (parameters.length === 0) return undefined;
  if (secret === undefined) throw new Error("the broker's credentials need a Secret");
  return {
    apiVersion: KEDA_API,
    kind: 'TriggerAuthentication',
    metadata,
    spec: { secretTargetRef: parameters.map(([parameter, key]) => ({ parameter, name: secret, key })) },
  };
}

function scaled(
  worker: ResolvedWorker,
  autoscaling: ResolvedAutoscaling,
  metadata: ObjectMeta,
  broker: KedaBroker | undefined,
  authentication: string | undefined,
): ScaledObject {
  const { minReplicas, maxReplicas, queueLength, triggers } = autoscaling;
  const queues =
    queueLength === undefined || broker === undefined
      ? []
      : queueMetadata(broker, countedQueues(worker.queues, worker.settings), worker.settings, queueLength.target).map(
          (own, index): Trigger => ({
            type: broker.type,
            name: `q${index}`,
            metadata: { ...broker.metadata, ...own },
            ...(authentication === undefined ? {} : { authenticationRef: { name: authentication } }),
          }),
        );
  return {
    apiVersion: KEDA_API,
    kind: 'ScaledObject',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name ?? '' },
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      // Where a pool never stands at 0 and no formula is computed, KEDA warns of an interval that means nothing.
      ...(minReplicas === 0 || queueLength !== undefined
        ? { pollingInterval: autoscaling.pollingIntervalSeconds }
        : {}),
      ...(minReplicas === 0 ? { cooldownPeriod: autoscaling.cooldownPeriodSeconds } : {}),
      // Without it a new ScaledObject with 0 as its least sends every worker home within a second.
      initialCooldownPeriod: autoscaling.cooldownPeriodSeconds,
      ...(autoscaling.fallback === undefined ? {} : { fallback: autoscaling.fallback }),
      advanced: {
        // Named, because KEDA's own prefix would leave fewer characters to application and pool.
        horizontalPodAutoscalerConfig: { name: metadata.name ?? '', behavior: autoscaling.behavior },
        // An autoscaler takes the greatest of several metrics; only a formula takes their sum.
        ...(queueLength === undefined
          ? {}
          : {
              scalingModifiers: {
                // KEDA wraps a formula so, and may store it: written so at once, it is no drift.
                formula: `float(${queues.map(({ name }) => name).join(' + ')})`,
                target: String(queueLength.target),
                activationTarget: String(queueLength.activation),
                metricType: 'AverageValue' as const,
              },
            }),
      },
      triggers: [
        ...queues,
        ...resourceTrigger('cpu', autoscaling.cpu),
        ...resourceTrigger('memory', autoscaling.memory),
        ...(triggers as readonly Trigger[]),
      ],
    },
  };
}

function resourceTrigger(
  type: 'cpu' | 'memory',
  target: { readonly averageUtilization?: number; readonly averageValue?: string } | undefined,
): Trigger[] {
  if (target === undefined) return [];
  return [
    {
      type,
      metricType: target.averageValue === undefined ? 'Utilization' : 'AverageValue',
      metadata: { value: target.averageValue ?? String(target.averageUtilization), containerName: CELERY_CONTAINER },
    },
  ];
}
