import jsonPatch from 'fast-json-patch';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { agentFiles } from '../celery/agent/files.ts';
import { buildWorkerCommand } from '../celery/command-line/build.ts';
import { configJson, configYaml } from '../celery/config-file.ts';
import type { ChildObject } from './child-object.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { injectPod } from './inject.ts';
import type { InjectionPlan, ValueSource } from './injection-plan.ts';
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
  /** Its keys: whether a bundled broker has a management URL shows only here. */
  readonly keys?: readonly string[];
}

export const BROKER_URL_KEY = 'broker-url';
export const RESULT_BACKEND_KEY = 'result-backend';
/** RabbitMQ's HTTP API, with credentials: http://user:password@host:15672. */
export const MANAGEMENT_URL_KEY = 'management-url';

/** Everything one application is turned into, apart from the broker Secret: objects as they are to be applied. */
export interface Children {
  readonly configMaps: readonly ConfigMap[];
  /** Every other object, of kinds registered in controller/child-kinds.ts, in any order. */
  readonly workloads: readonly ChildObject[];
  /** Name of the ConfigMap for users' own pods. */
  readonly clientConfig: string;
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
  return {
    configMaps: [client, ...pairs.map((pair) => pair.configMap)],
    workloads: pairs.flatMap(({ deployment, budget }) => (budget === undefined ? [deployment] : [budget, deployment])),
    clientConfig: client.metadata?.name ?? '',
  };
}

/** Whether the application's URLs must be copied into a Secret of the operator's own. */
export function needsBrokerSecret(application: ResolvedApplication): boolean {
  return [application.broker, application.resultBackend, application.management].some(
    (source) => source?.kind === 'secret' || source?.kind === 'bundled',
  );
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

/** Where RabbitMQ's HTTP API is said; undefined where the application has none. */
export function managementUrl(application: ResolvedApplication, secret?: BrokerSecret): ValueSource | undefined {
  const source = application.management;
  if (source === undefined || (source.kind === 'bundled' && secret?.keys?.includes(MANAGEMENT_URL_KEY) !== true))
    return undefined;
  return valueSource(source, MANAGEMENT_URL_KEY, secret);
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
          ...(worker.envFrom.length === 0 ? {} : { envFrom: [...worker.envFrom] }),
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

/** For the metadata of children that run pods: a change of the defaults must be told from one of the specification. */
export function defaultsMark({ defaultsDigest }: ResolvedApplication): { annotations?: Record<string, string> } {
  return defaultsDigest === undefined ? {} : { annotations: { [ANNOTATIONS.defaults]: defaultsDigest } };
}

/** The label on users' own pods is not enough to be selected: it takes the pool's name too. */
function podSelector(application: ResolvedApplication, worker: ResolvedWorker): Record<string, string> {
  return {
    [LABELS.application]: application.name,
    [LABELS.component]: 'worker',
    [LABELS.pool]: worker.name,
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
    limits: worker.limits,
    args: worker.args,
  });
  if (!application.agent) return { command: [program], args };
  // Only a shell can append to the image's own PYTHONPATH; setting the variable would replace it.
  const script = `export PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${CONFIG_DIRECTORY}"; exec ${program} "$@"`;
  return { command: ['sh', '-c', script, program], args };
}
