import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import { agentFiles } from '../celery/agent/files.ts';
import { buildWorkerCommand } from '../celery/command-line/build.ts';
import { autoscaler, countsQueues } from './autoscaling.ts';
import { beatConfigMap, beatStatefulSet } from './beat.ts';
import type { ChildObject } from './child-object.ts';
import { type BrokerSecret, componentTemplate, configMap, configModule, defaultsMark, urls } from './component.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { flowerChildren } from './flower-children.ts';
import type { InjectionPlan } from './injection-plan.ts';
import { kedaBroker, kedaSecrets } from './keda-broker.ts';
import { childLabels, LABELS, workerName } from './names.ts';
import { ownerReference } from './owner-reference.ts';
import type { ResolvedApplication, ResolvedWorker } from './resolve.ts';

/** Everything one application is turned into, apart from the broker Secret: objects as they are to be applied. */
export interface Children {
  readonly configMaps: readonly ConfigMap[];
  /** Every other object, of kinds registered in controller/child-kinds.ts, in any order. */
  readonly workloads: readonly ChildObject[];
  /** Name of the ConfigMap for users' own pods. */
  readonly clientConfig: string;
  /** Pools whose number of pods an autoscaler is to decide. Their Deployments name what is right without one. */
  readonly scaled: readonly ScaledPool[];
}

/** A pool with an autoscaler, whose objects are among the workloads. */
export interface ScaledPool {
  readonly pool: string;
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject';
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Why there can be none. */
  readonly problem?: string;
}

/**
 * Renders an application's children. Pure: equal inputs give equal objects, byte for byte.
 * @param application resolved
 * @param secret the operator's copy of the URLs; required when the broker or the result backend come from a Secret or are bundled
 */
export function children(application: ResolvedApplication, secret?: BrokerSecret): Children {
  const client = clientConfigMap(application, secret);
  const pairs = application.workers.map((worker) => {
    const configMap = workerConfigMap(application, worker, secret);
    const deployment = workerDeployment(application, worker, configMap, secret);
    const budget = disruptionBudget(worker, deployment.metadata, podSelector(application, worker));
    return { configMap, deployment, budget };
  });
  const scaled = application.workers.flatMap((worker) => scaledPool(application, worker, secret));
  const { beat } = application;
  const beatConfig = beat === undefined ? undefined : beatConfigMap(application, beat, secret);
  const flower = application.flower === undefined ? undefined : flowerChildren(application, application.flower, secret);
  return {
    configMaps: [
      client,
      ...pairs.map((pair) => pair.configMap),
      ...(beatConfig === undefined ? [] : [beatConfig]),
      ...(flower === undefined ? [] : [flower.configMap]),
    ],
    workloads: [
      ...pairs.flatMap(({ deployment, budget }) => (budget === undefined ? [deployment] : [budget, deployment])),
      ...scaled.flatMap(({ objects }) => objects),
      ...(beat === undefined || beatConfig === undefined
        ? []
        : [beatStatefulSet(application, beat, beatConfig, secret)]),
      ...(flower?.workloads ?? []),
    ],
    scaled: scaled.map(({ objects: _objects, ...pool }) => pool),
    clientConfig: client.metadata?.name ?? '',
  };
}

/** Whether the application needs a Secret of the operator's own: for URLs that come from elsewhere, and for a password that KEDA needs. */
export function needsBrokerSecret(application: ResolvedApplication): boolean {
  const { broker, resultBackend, management, settings, namespace } = application;
  return (
    [broker, resultBackend, management].some((source) => source?.kind === 'secret' || source?.kind === 'bundled') ||
    (countsQueues(application) &&
      broker.kind === 'url' &&
      Object.keys(kedaSecrets(broker.url, settings, namespace)).length > 0)
  );
}

function scaledPool(
  application: ResolvedApplication,
  worker: ResolvedWorker,
  secret?: BrokerSecret,
): (ScaledPool & { objects: readonly ChildObject[] })[] {
  if (worker.autoscaling === undefined) return [];
  const { kind, minReplicas, maxReplicas } = worker.autoscaling;
  const { broker, settings, namespace } = application;
  const keda = broker.kind === 'url' ? kedaBroker(broker.url, settings, namespace) : secret?.keda;
  const found = autoscaler(application, worker, [ownerReference(application)], keda, secret?.name);
  const pool = { pool: worker.name, kind, minReplicas, maxReplicas };
  if (found.kind === 'impossible') return [{ ...pool, problem: found.problem, objects: [] }];
  return [{ ...pool, objects: found.kind === 'none' ? [] : found.objects }];
}

function clientConfigMap(application: ResolvedApplication, secret?: BrokerSecret): ConfigMap {
  const plan: InjectionPlan = {
    format: 1,
    application: application.name,
    component: 'client',
    // A user's pod may lack any module of ours; the image's own celeryconfig is what its Celery reads without -A.
    ...(application.app === undefined ? { configModule: 'celeryconfig' as const } : {}),
    ...urls(application, secret),
  };
  const { 'liveness.sh': _ping, 'beat-liveness.sh': _beat, ...files } = agentFiles;
  return configMap(
    application,
    `${application.name}-client`,
    childLabels(application.name, 'client'),
    application.settings,
    plan,
    files,
  );
}

function workerConfigMap(application: ResolvedApplication, worker: ResolvedWorker, secret?: BrokerSecret): ConfigMap {
  const { 'beat-liveness.sh': _beat, ...files } = agentFiles;
  return configMap(
    application,
    workerName(application.name, worker.name),
    childLabels(application.name, 'worker', worker.name),
    worker.settings,
    workerPlan(application, worker, secret),
    files,
  );
}

function workerPlan(application: ResolvedApplication, worker: ResolvedWorker, secret?: BrokerSecret): InjectionPlan {
  const module = configModule(application);
  return {
    format: 1,
    application: application.name,
    component: 'worker',
    ...(module === undefined ? {} : { configModule: module }),
    ...urls(application, secret),
    ...(worker.ping === undefined ? {} : { ping: { node: worker.name, ...worker.ping } }),
  };
}

function workerDeployment(
  application: ResolvedApplication,
  worker: ResolvedWorker,
  config: ConfigMap,
  secret?: BrokerSecret,
): Deployment {
  const name = workerName(application.name, worker.name);
  const labels = childLabels(application.name, 'worker', worker.name);
  const template = componentTemplate(
    application,
    {
      labels,
      image: worker.image,
      words: buildWorkerCommand({
        ...(application.app === undefined ? {} : { app: application.app }),
        node: `${worker.name}@%h`,
        concurrency: worker.concurrency,
        pool: worker.pool,
        queues: worker.queues,
        excludeQueues: worker.excludeQueues,
        logLevel: worker.logLevel,
        limits: worker.limits,
        args: worker.args,
      }),
      env: worker.env,
      envFrom: worker.envFrom,
      ...(worker.resources === undefined ? {} : { resources: worker.resources }),
      terminationGracePeriodSeconds: worker.terminationGracePeriodSeconds,
      podTemplates: worker.podTemplates,
    },
    workerPlan(application, worker, secret),
    config,
  );
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: application.namespace,
      labels,
      ...defaultsMark(application),
      ownerReferences: [ownerReference(application)],
    },
    spec: {
      replicas: worker.replicas,
      revisionHistoryLimit: 5,
      selector: { matchLabels: podSelector(application, worker) },
      strategy: worker.strategy,
      template,
    },
  };
}

/** The label on users' own pods is not enough to be selected: it takes the pool's name too. */
function podSelector(application: ResolvedApplication, worker: ResolvedWorker): Record<string, string> {
  return {
    [LABELS.application]: application.name,
    [LABELS.component]: 'worker',
    [LABELS.pool]: worker.name,
  };
}
