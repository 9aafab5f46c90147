import jsonPatch from 'fast-json-patch';
import type {
  ConfigMap,
  EnvFromSource,
  PodTemplateSpec,
  ResourceRequirements,
  VolumeMount,
} from 'kubernetes-types/core/v1.js';
import type { Settings } from '../celery/config-file.ts';
import { configJson, configYaml } from '../celery/config-file.ts';
import type { EnvVarSpec } from './celery-application.ts';
import { injectPod } from './inject.ts';
import type { InjectionPlan, ValueSource } from './injection-plan.ts';
import type { KedaBroker } from './keda-broker.ts';
import { mergePodTemplates } from './merge-pod-template.ts';
import { ANNOTATIONS, CELERY_CONTAINER, CONFIG_DIRECTORY, digest, SETTINGS_MODULE } from './names.ts';
import { ownerReference } from './owner-reference.ts';
import type { PodTemplate } from './pod-template.ts';
import type { ResolvedApplication, UrlSource } from './resolve.ts';

/** Name of the operator's own copy of URLs that come from elsewhere; undefined where the application needs none. */
export interface BrokerSecret {
  readonly name: string;
  /** Its keys: whether a bundled broker has a management URL shows only here. */
  readonly keys?: readonly string[];
  /** What KEDA needs to read the broker, where its URL does not stand in the application; undefined: KEDA cannot read it. */
  readonly keda?: KedaBroker;
}

export const BROKER_URL_KEY = 'broker-url';
export const RESULT_BACKEND_KEY = 'result-backend';
/** RabbitMQ's HTTP API, with credentials: http://user:password@host:15672. */
export const MANAGEMENT_URL_KEY = 'management-url';

/** Value of CONFIG_MODULE in the operator's own pods; undefined: left to the image. */
export function configModule(application: ResolvedApplication): InjectionPlan['configModule'] {
  if (application.agent) return SETTINGS_MODULE;
  return application.app === undefined ? 'celeryconfig' : undefined;
}

/** The URLs of a plan. @throws Error when one comes from the operator's Secret and none is given */
export function urls(
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

/** The immutable ConfigMap of one component: settings, plan and files, named by its content, so that pods of an old revision keep what they started with. */
export function configMap(
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
      name: `${prefix}-${digest(data)}`,
      namespace: application.namespace,
      labels,
      ownerReferences: [ownerReference(application)],
    },
    immutable: true,
    data,
  };
}

/** For the metadata of children that run pods: a change of the defaults must be told from one of the specification. */
export function defaultsMark({ defaultsDigest }: ResolvedApplication): { annotations?: Record<string, string> } {
  return defaultsDigest === undefined ? {} : { annotations: { [ANNOTATIONS.defaults]: defaultsDigest } };
}

/** What one component's pods are made from. */
export interface ComponentPod {
  readonly labels: Record<string, string>;
  readonly image: string;
  /** The whole command, beginning with the program. */
  readonly words: readonly string[];
  readonly env: readonly EnvVarSpec[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly resources?: ResourceRequirements;
  readonly volumeMounts?: readonly VolumeMount[];
  /** Undefined: the pod template's, else Kubernetes' 30. */
  readonly terminationGracePeriodSeconds?: number;
  /** From weakest to strongest; all weaker than the fields above. */
  readonly podTemplates: readonly PodTemplate[];
}

/**
 * The pod template of a component, with everything the webhook would add.
 * @param plan what is injected
 * @param config the ConfigMap that holds it
 */
export function componentTemplate(
  application: ResolvedApplication,
  pod: ComponentPod,
  plan: InjectionPlan,
  config: ConfigMap,
): PodTemplateSpec {
  const configName = config.metadata?.name ?? '';
  const typed: PodTemplateSpec = {
    metadata: { labels: pod.labels, annotations: { [ANNOTATIONS.config]: configName } },
    spec: {
      ...(pod.terminationGracePeriodSeconds === undefined
        ? {}
        : { terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds }),
      ...(application.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: [...application.imagePullSecrets] }),
      containers: [
        {
          name: CELERY_CONTAINER,
          image: pod.image,
          ...(application.imagePullPolicy === undefined ? {} : { imagePullPolicy: application.imagePullPolicy }),
          ...command(application, pod.words),
          ...(pod.env.length === 0 ? {} : { env: [...pod.env] }),
          ...(pod.envFrom === undefined || pod.envFrom.length === 0 ? {} : { envFrom: [...pod.envFrom] }),
          ...(pod.resources === undefined ? {} : { resources: pod.resources }),
          ...(pod.volumeMounts === undefined ? {} : { volumeMounts: [...pod.volumeMounts] }),
        },
      ],
    },
  };
  const merged = mergePodTemplates(DEFAULTS, ...pod.podTemplates, typed);
  // The webhook's own function, so that running applications never depend on the webhook.
  const patch = injectPod(merged, plan, configName);
  return jsonPatch.applyPatch(structuredClone(merged), structuredClone(patch)).newDocument;
}

/** Weaker than anything a user says in podTemplate. */
const DEFAULTS: PodTemplateSpec = {
  // Kubernetes' service variables collide with Celery's own: a Service named "celery-broker" sets CELERY_BROKER_PORT, one named "flower" breaks Flower.
  spec: { enableServiceLinks: false, containers: [] },
  metadata: { annotations: { 'kubectl.kubernetes.io/default-container': CELERY_CONTAINER } },
};

/** PID 1 is Celery in both forms: a shell in its place would swallow SIGTERM and cut running tasks. */
function command(application: ResolvedApplication, words: readonly string[]): { command: string[]; args: string[] } {
  const [program = '', ...args] = words;
  if (!application.agent) return { command: [program], args };
  // Only a shell can append to the image's own PYTHONPATH; setting the variable would replace it.
  const script = `export PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${CONFIG_DIRECTORY}"; exec ${program} "$@"`;
  return { command: ['sh', '-c', script, program], args };
}
