import jsonPatch from 'fast-json-patch';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { agentFiles } from '../celery/agent/files.ts';
import { buildWorkerCommand } from '../celery/command-line/build.ts';
import { configJson, configYaml } from '../celery/config-file.ts';
import { autoscaler, countsQueues, replicasWithoutAutoscaler } from './autoscaling.ts';
import type { ChildObject } from './child-object.ts';
import { injectPod } from './inject.ts';
import type { InjectionPlan, ValueSource } from './injection-plan.ts';
import { type KedaBroker, kedaBroker, kedaSecrets } from './keda-broker.ts';
import { mergePodTemplates } from './merge-pod-template.ts';
import {
  ANNOTATIONS,
  CELERY_CONTAINER,
  CONFIG_DIRECTORY,
  childLabels,
  digest,
  LABELS,
  SETTINGS_MODULE,
  workerName,
} from './names.ts';
import { ownerReference } from './owner-reference.ts';
import type { ResolvedApplication, ResolvedWorker, Settings, UrlSource } from './resolve.ts';

/** Name of the operator's own copy of URLs that come from elsewhere; undefined where the application needs none. */
export interface BrokerSecret {
  readonly name: string;
  /** What KEDA needs to read the broker, where its URL does not stand in the application; undefined: KEDA cannot read it. */
  readonly keda?: KedaBroker;
}

export const BROKER_URL_KEY = 'broker-url';
export const RESULT_BACKEND_KEY = 'result-backend';

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
    return { configMap, deployment: workerDeployment(application, worker, configMap, secret) };
  });
  const scaled = application.workers.flatMap((worker) => scaledPool(application, worker, secret));
  return {
    configMaps: [client, ...pairs.map((pair) => pair.configMap)],
    workloads: [...pairs.map((pair) => pair.deployment), ...scaled.flatMap(({ objects }) => objects)],
    scaled: scaled.map(({ objects: _objects, ...pool }) => pool),
    clientConfig: client.metadata?.name ?? '',
  };
}

/** Whether the application needs a Secret of the operator's own: for URLs that come from elsewhere, and for a password that KEDA needs. */
export function needsBrokerSecret(application: ResolvedApplication): boolean {
  const { broker, settings, namespace } = application;
  return (
    [broker, application.resultBackend].some((source) => source.kind === 'secret' || source.kind === 'bundled') ||
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
  const { 'liveness.sh': _unused, ...files } = agentFiles;
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
  return configMap(
    application,
    workerName(application.name, worker.name),
    childLabels(application.name, 'worker', worker.name),
    worker.settings,
    workerPlan(application, worker, secret),
    agentFiles,
  );
}

function workerPlan(application: ResolvedApplication, worker: ResolvedWorker, secret?: BrokerSecret): InjectionPlan {
  const configModule = application.agent ? SETTINGS_MODULE : application.app === undefined ? 'celeryconfig' : undefined;
  return {
    format: 1,
    application: application.name,
    component: 'worker',
    ...(configModule === undefined ? {} : { configModule }),
    ...urls(application, secret),
    ...(worker.ping === undefined ? {} : { ping: { node: worker.name, ...worker.ping } }),
  };
}

function urls(
  application: ResolvedApplication,
  secret?: BrokerSecret,
): Pick<InjectionPlan, 'brokerUrl' | 'resultBackend'> {
  const brokerUrl = valueSource(application.broker, BROKER_URL_KEY, secret);
  const resultBackend = valueSource(application.resultBackend, RESULT_BACKEND_KEY, secret);
  return {
    ...(brokerUrl === undefined ? {} : { brokerUrl }),
    ...(resultBackend === undefined ? {} : { resultBackend }),
  };
}

function valueSource(source: UrlSource, key: string, secret?: BrokerSecret): ValueSource | undefined {
  if (source.kind === 'image') return undefined;
  if (source.kind === 'url') return { value: source.url };
  if (secret === undefined) throw new Error('this application needs a broker Secret');
  return { secretKeyRef: { name: secret.name, key } };
}

function configMap(
  application: ResolvedApplication,
  prefix: string,
  labels: Record<string, string>,
  settings: Settings,
  plan: InjectionPlan,
  files: Readonly<Record<string, string>>,
): ConfigMap {
  const data = {
    ...files,
    'config.yaml': configYaml(settings),
    'config.json': configJson(settings),
    'plan.json': `${JSON.stringify(plan, null, 2)}\n`,
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      // Named by its content, so that pods of an old revision keep the settings they started with.
      name: `${prefix}-${digest(data)}`,
      namespace: application.namespace,
      labels,
      ownerReferences: [ownerReference(application)],
    },
    immutable: true,
    data,
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
  const configName = config.metadata?.name ?? '';
  const typed: PodTemplateSpec = {
    metadata: { labels, annotations: { [ANNOTATIONS.config]: configName } },
    spec: {
      terminationGracePeriodSeconds: worker.terminationGracePeriodSeconds,
      ...(application.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: [...application.imagePullSecrets] }),
      containers: [
        {
          name: CELERY_CONTAINER,
          image: worker.image,
          ...(application.imagePullPolicy === undefined ? {} : { imagePullPolicy: application.imagePullPolicy }),
          ...command(application, worker),
          ...(worker.env.length === 0 ? {} : { env: [...worker.env] }),
          ...(worker.resources === undefined ? {} : { resources: worker.resources }),
        },
      ],
    },
  };
  const merged = mergePodTemplates(DEFAULTS, ...worker.podTemplates, typed);
  // The webhook's own function, so that running applications never depend on the webhook.
  const patch = injectPod(merged, workerPlan(application, worker, secret), configName);
  const template = jsonPatch.applyPatch(structuredClone(merged), structuredClone(patch)).newDocument;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: application.namespace, labels, ownerReferences: [ownerReference(application)] },
    spec: {
      replicas: replicasWithoutAutoscaler(worker),
      revisionHistoryLimit: 5,
      // The label on users' own pods is not enough to be selected: it takes the pool's name too.
      selector: {
        matchLabels: {
          [LABELS.application]: application.name,
          [LABELS.component]: 'worker',
          [LABELS.pool]: worker.name,
        },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      template,
    },
  };
}

/** Weaker than anything a user says in podTemplate. */
const DEFAULTS: PodTemplateSpec = {
  // Kubernetes' service variables collide with Celery's own: a Service named "celery-broker" sets CELERY_BROKER_PORT, one named "flower" breaks Flower.
  spec: { enableServiceLinks: false, containers: [] },
  metadata: { annotations: { 'kubectl.kubernetes.io/default-container': CELERY_CONTAINER } },
};

/** PID 1 is Celery in both forms: a shell in its place would swallow SIGTERM and cut running tasks. */
function command(application: ResolvedApplication, worker: ResolvedWorker): { command: string[]; args: string[] } {
  const [program = 'celery', ...args] = buildWorkerCommand({
    ...(application.app === undefined ? {} : { app: application.app }),
    node: `${worker.name}@%h`,
    concurrency: worker.concurrency,
    pool: worker.pool,
    queues: worker.queues,
    excludeQueues: worker.excludeQueues,
    logLevel: worker.logLevel,
    args: worker.args,
  });
  if (!application.agent) return { command: [program], args };
  // Only a shell can append to the image's own PYTHONPATH; setting the variable would replace it.
  const script = `export PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${CONFIG_DIRECTORY}"; exec ${program} "$@"`;
  return { command: ['sh', '-c', script, program], args };
}
