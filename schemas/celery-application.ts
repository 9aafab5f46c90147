import { autoscaling } from './autoscaling.ts';
import { beatSchema, beatStatus } from './beat.ts';
import type { ObjectSchema } from './dialect.ts';
import { envFrom } from './env-from.ts';
import { flowerSchema, flowerStatus } from './flower.ts';
import { managementUrl, managementUrlFrom } from './management-url.ts';
import { limits, podDisruptionBudget, strategy } from './pool-options.ts';
import { secretKeyRef } from './secret-key-ref.ts';

/** The API's names: the one place that spells them. */
export const GROUP = 'celeryproject.org';
export const VERSION = 'v1beta1';
export const KIND = 'CeleryApplication';
export const PLURAL = 'celeryapplications';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Bounds that more than one place needs. Every list, map and string a rule reads has one: an unbounded one breaks the CEL cost budget. */
export const LIMITS = {
  /** `<application>-worker-<pool>` must stay a DNS label of at most 63 characters: 36 + 8 + 18 = 62. */
  applicationName: 36,
  poolName: 18,
  pools: 64,
  queues: 64,
  env: 256,
  args: 128,
} as const;

/** What the generated children are called after the application's name; an application must not end in one, or two could share a child's name. */
export const COMPONENT_WORDS = ['worker', 'beat', 'flower', 'broker', 'client'] as const;

export const CELERY_VERSIONS = ['5.3', '5.4', '5.5', '5.6', '5.7'] as const;
export const POOLS = ['prefork', 'threads', 'gevent', 'eventlet', 'solo'] as const;
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL', 'FATAL'] as const;

const urlFrom = {
  type: 'object',
  description: 'Takes the URL from a Secret, so that no credential stands in the application.',
  required: ['secretKeyRef'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: { secretKeyRef },
} as const satisfies ObjectSchema;

const url = {
  type: 'string',
  description:
    'URL as kombu reads it; several, separated by ";", are tried in order. A password here can be read by everyone who may read the application: prefer urlFrom.',
  minLength: 1,
  maxLength: 4096,
  example: 'redis://redis:6379/0',
} as const;

const env = {
  type: 'array',
  description: 'Environment variables, as in a Container (EnvVar).',
  maxItems: LIMITS.env,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: {
    type: 'object',
    required: ['name'],
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      name: { type: 'string', description: 'Name of the variable.', minLength: 1, maxLength: 1024 },
      value: { type: 'string', description: 'Its value; $(NAME) is expanded as Kubernetes does.', maxLength: 131072 },
      valueFrom: {
        type: 'object',
        description: 'Source of the value, as in a Container (EnvVarSource).',
        'x-kubernetes-preserve-unknown-fields': true,
        'x-celery-operator-open': true,
      },
    },
  },
} as const;

const config = {
  type: 'object',
  description:
    'Celery settings: lower-case names, JSON values. They win over what the application module sets. broker_url and result_backend belong in spec.broker and spec.resultBackend.',
  maxProperties: 512,
  'x-kubernetes-preserve-unknown-fields': true,
  'x-celery-operator-open': true,
} as const satisfies ObjectSchema;

const podTemplate = {
  type: 'object',
  description:
    'Metadata and spec merged into every pod, as in a PodTemplateSpec; Celery\'s container is named "celery". Lists with Kubernetes merge keys are merged by them, others replace. Typed fields win.',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    metadata: {
      type: 'object',
      description: 'Labels and annotations of the pods.',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        labels: {
          type: 'object',
          description: 'Labels of the pods.',
          maxProperties: 64,
          additionalProperties: { type: 'string', maxLength: 63 },
        },
        annotations: {
          type: 'object',
          description: 'Annotations of the pods.',
          maxProperties: 64,
          additionalProperties: { type: 'string', maxLength: 65536 },
        },
      },
    },
    spec: {
      type: 'object',
      description: 'Any field of a PodSpec.',
      'x-kubernetes-preserve-unknown-fields': true,
      'x-celery-operator-open': true,
    },
  },
} as const satisfies ObjectSchema;

const resources = {
  type: 'object',
  description: 'Resources of the Celery container, as in a Container (ResourceRequirements).',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    limits: {
      type: 'object',
      description: 'Most it may use.',
      maxProperties: 32,
      additionalProperties: { 'x-kubernetes-int-or-string': true },
    },
    requests: {
      type: 'object',
      description: 'What is reserved for it.',
      maxProperties: 32,
      additionalProperties: { 'x-kubernetes-int-or-string': true },
    },
    claims: {
      type: 'array',
      description: 'Resource claims, as in a Container.',
      maxItems: 32,
      items: { 'x-kubernetes-preserve-unknown-fields': true, 'x-celery-operator-open': true },
    },
  },
} as const satisfies ObjectSchema;

const seconds = (description: string, minimum: number, maximum: number) =>
  ({ type: 'integer', format: 'int32', description, minimum, maximum }) as const;

const worker = {
  type: 'object',
  description: 'One pool of identical worker pods.',
  required: ['name'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    name: {
      type: 'string',
      description:
        'Name of the pool: a DNS label. The Deployment is called <application>-worker-<name>, the Celery node <name>@<pod>.',
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      minLength: 1,
      maxLength: LIMITS.poolName,
    },
    replicas: {
      type: 'integer',
      format: 'int32',
      description: 'Number of worker pods. Defaults to 1. Not applied while autoscaling is set.',
      minimum: 0,
      maximum: 10000,
    },
    autoscaling,
    queues: {
      type: 'array',
      description: 'Queues this pool consumes (-Q). Without it: all of task_queues, or the default queue.',
      maxItems: LIMITS.queues,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'string', minLength: 1, maxLength: 255 },
    },
    excludeQueues: {
      type: 'array',
      description: 'Queues of task_queues this pool leaves alone (-X).',
      maxItems: LIMITS.queues,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'string', minLength: 1, maxLength: 255 },
    },
    concurrency: {
      type: 'integer',
      format: 'int32',
      description:
        'Tasks at once in one pod (-c). Defaults to config.worker_concurrency, else the CPU limit or request rounded up, else 1; never the CPU count of the node.',
      minimum: 1,
      maximum: 10000,
    },
    pool: { type: 'string', description: 'Execution pool (-P). Defaults to prefork.', enum: POOLS, maxLength: 16 },
    logLevel: { type: 'string', description: 'Log level (-l). Defaults to INFO.', enum: LOG_LEVELS, maxLength: 16 },
    ...limits,
    args: {
      type: 'array',
      description: 'Further options of `celery worker`, one list item a word: ["--max-tasks-per-child=100", "-E"].',
      maxItems: LIMITS.args,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'string', maxLength: 4096 },
    },
    config: { ...config, description: 'Celery settings of this pool only, over spec.config.' },
    image: {
      type: 'string',
      description: 'Image of this pool. Defaults to spec.image.',
      minLength: 1,
      maxLength: 1024,
    },
    env: { ...env, description: 'Environment variables of this pool, over spec.env.' },
    envFrom: { ...envFrom, description: 'Environment from ConfigMaps and Secrets for this pool, after spec.envFrom.' },
    resources,
    podTemplate: { ...podTemplate, description: 'Merged over spec.podTemplate for this pool.' },
    strategy,
    podDisruptionBudget,
    terminationGracePeriodSeconds: seconds(
      'Time a stopping worker has to finish its running tasks. Defaults to the task time limit plus 30, else 600.',
      1,
      604800,
    ),
    livenessProbe: {
      type: 'object',
      description: 'When Kubernetes restarts a worker container.',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        type: {
          type: 'string',
          description:
            'Ping asks this worker over the broker with `celery inspect ping`; a broker that is away is no reason to restart. None never restarts. Defaults to Ping for prefork and threads, None for pools and transports that cannot answer while they work.',
          enum: ['Ping', 'None'],
          maxLength: 16,
        },
        periodSeconds: seconds('Time between two probes. Defaults to 30.', 5, 3600),
        timeoutSeconds: seconds('Time one probe may take. Defaults to 20.', 3, 600),
        failureThreshold: seconds('Failed probes in a row before a restart. Defaults to 3.', 1, 100),
        initialDelaySeconds: seconds('Time before the first probe. Defaults to 10.', 0, 3600),
      },
    },
  },
} as const satisfies ObjectSchema;

const beat = beatSchema({
  image: { ...worker.properties.image, description: 'Image of beat. Defaults to spec.image.' },
  logLevel: worker.properties.logLevel,
  args: {
    ...worker.properties.args,
    description: 'Further options of `celery beat`, one list item a word.',
  },
  env: { ...env, description: 'Environment variables of beat, over spec.env.' },
  envFrom: { ...envFrom, description: 'Environment variables of beat from ConfigMaps and Secrets (EnvFromSource).' },
  resources,
  podTemplate: { ...podTemplate, description: 'Merged over spec.podTemplate for beat.' },
});

const flower = flowerSchema({
  image: {
    type: 'string',
    description: 'Image that holds Celery, the application and flower. Defaults to spec.image.',
    minLength: 1,
    maxLength: 1024,
  },
  args: {
    ...worker.properties.args,
    description:
      'Further options of `celery flower`, one list item an option: ["--max_tasks=50000", "--inspect_timeout=5000"].',
  },
  env: { ...env, description: 'Environment variables of Flower, over spec.env.' },
  envFrom: { ...envFrom, description: 'Environment variables of Flower from ConfigMaps and Secrets (EnvFromSource).' },
  resources,
  podTemplate: { ...podTemplate, description: 'Merged over spec.podTemplate for Flower.' },
});

export const spec = {
  type: 'object',
  description: 'What should run.',
  required: ['image', 'broker'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    image: {
      type: 'string',
      description: 'Image that holds the application and Celery.',
      minLength: 1,
      maxLength: 1024,
      example: 'ghcr.io/acme/shop:1.4',
    },
    imagePullPolicy: {
      type: 'string',
      description: 'When the image is pulled, as in a Container.',
      enum: ['Always', 'IfNotPresent', 'Never'],
      maxLength: 16,
    },
    imagePullSecrets: {
      type: 'array',
      description: 'Secrets with registry credentials, as in a PodSpec.',
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { name: { type: 'string', description: 'Name of the Secret.', minLength: 1, maxLength: 253 } },
      },
    },
    app: {
      type: 'string',
      description:
        "The Celery application, as for `celery -A`: module or module:attribute. Without it Celery's default loader reads the module celeryconfig.",
      pattern: '^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*(:[A-Za-z_][A-Za-z0-9_.]*)?$',
      maxLength: 512,
      example: 'shop.celery:app',
    },
    celeryVersion: {
      type: 'string',
      description: 'Celery version in the image, major.minor. Without it settings of any supported version pass.',
      enum: CELERY_VERSIONS,
      maxLength: 8,
    },
    broker: {
      type: 'object',
      description: 'Where tasks wait: exactly one of url, urlFrom, bundled, fromImage.',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        url,
        urlFrom,
        bundled: {
          type: 'object',
          description:
            'The broker that the chart installs with broker.enabled=true. Every application gets a Redis database or a RabbitMQ virtual host of its own.',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: {},
        },
        fromImage: {
          type: 'object',
          description: 'The image sets its broker by itself; the operator injects none.',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: {},
        },
        managementUrl,
        managementUrlFrom,
      },
      'x-kubernetes-validations': [
        {
          rule: '[has(self.url), has(self.urlFrom), has(self.bundled), has(self.fromImage)].filter(x, x).size() == 1',
          message: 'exactly one of url, urlFrom, bundled and fromImage must be set: keep one and remove the others',
        },
        {
          rule: '!has(self.managementUrl) || !has(self.managementUrlFrom)',
          message: 'managementUrl and managementUrlFrom are set together: keep one of them',
        },
      ],
    },
    resultBackend: {
      type: 'object',
      description:
        'Where results are kept: exactly one of url, urlFrom, bundled. Without it the image decides; by default Celery keeps none.',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        url: { ...url, description: 'URL as Celery reads it for result_backend.' },
        urlFrom,
        bundled: {
          type: 'object',
          description:
            'The bundled broker: the same Redis database as the tasks; with RabbitMQ rpc://, which sends each result back to the process that asked.',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: {},
        },
      },
      'x-kubernetes-validations': [
        {
          rule: '[has(self.url), has(self.urlFrom), has(self.bundled)].filter(x, x).size() == 1',
          message: 'exactly one of url, urlFrom and bundled must be set: keep one and remove the others',
        },
      ],
    },
    agent: {
      type: 'string',
      description:
        'Enabled mounts a small Python module beside the settings, so that `config` reaches an application that names no configuration of its own. Disabled leaves Python alone: the image reads CELERY_OPERATOR_CONFIG itself. Defaults to Enabled.',
      enum: ['Enabled', 'Disabled'],
      maxLength: 16,
    },
    config,
    suspend: {
      type: 'boolean',
      description:
        'true runs no pod of any component and deletes nothing; tasks wait in the broker. The numbers of pods come back with false. Defaults to false.',
    },
    env: { ...env, description: 'Environment variables of every component.' },
    envFrom,
    podTemplate,
    workers: {
      type: 'array',
      description: 'Worker pools. Without it: one pool named "default".',
      minItems: 1,
      maxItems: LIMITS.pools,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: worker,
    },
    beat,
    flower,
  },
} as const satisfies ObjectSchema;

const condition = {
  type: 'object',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    type: { type: 'string', maxLength: 316 },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], maxLength: 8 },
    reason: { type: 'string', maxLength: 1024 },
    message: { type: 'string', maxLength: 32768 },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    lastTransitionTime: { type: 'string', format: 'date-time', maxLength: 64 },
  },
} as const satisfies ObjectSchema;

export const status = {
  type: 'object',
  description: 'What was seen.',
  properties: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation that the controller acted on last.',
    },
    conditions: {
      type: 'array',
      description:
        'Ready, Reconciling and Stalled (kstatus); Autoscaling where a pool has it; Suspended and Paused where that was asked for.',
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: condition,
    },
    readyWorkers: {
      type: 'string',
      description: 'Ready worker pods of all pools against the wanted ones: 2/3.',
      maxLength: 32,
    },
    queued: {
      type: 'integer',
      format: 'int64',
      description: 'Waiting messages of all pools that scale by them.',
    },
    broker: { type: 'string', description: 'Scheme and host of the broker, never a credential.', maxLength: 512 },
    clientConfig: {
      type: 'string',
      description: 'ConfigMap that pods with the label celeryproject.org/application get.',
      maxLength: 253,
    },
    workers: {
      type: 'array',
      description: 'One entry a pool.',
      maxItems: LIMITS.pools,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', maxLength: 63 },
          replicas: { type: 'integer', format: 'int32' },
          readyReplicas: { type: 'integer', format: 'int32' },
          updatedReplicas: { type: 'integer', format: 'int32' },
          desiredReplicas: { type: 'integer', format: 'int32' },
          autoscaler: {
            type: 'string',
            description: 'Who decides desiredReplicas: absent where the specification does.',
            enum: ['HorizontalPodAutoscaler', 'ScaledObject'],
            maxLength: 32,
          },
          queueLength: {
            type: 'integer',
            format: 'int64',
            description: 'Messages that waited when KEDA was asked last.',
          },
          message: { type: 'string', maxLength: 1024 },
        },
      },
    },
    beat: beatStatus,
    flower: flowerStatus,
  },
} as const satisfies ObjectSchema;

const componentWords = COMPONENT_WORDS.join('|');

export const celeryApplication = {
  type: 'object',
  description: 'A Celery application: an image, a broker and the worker pools that run it.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string', maxLength: 64 },
    kind: { type: 'string', maxLength: 64 },
    metadata: { type: 'object' },
    spec,
    status,
  },
  'x-kubernetes-validations': [
    {
      rule: `self.metadata.name.size() <= ${LIMITS.applicationName}`,
      message: `metadata.name must have at most ${LIMITS.applicationName} characters, so that the names of its Deployments and pods fit: choose a shorter name`,
    },
    {
      rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
      message:
        'metadata.name must start with a letter and hold only lower-case letters, digits and "-" (no dots): it becomes part of Service names',
    },
    {
      rule: `!self.metadata.name.matches('-(${componentWords})(-|$)')`,
      message: `metadata.name must not hold "-worker", "-beat", "-flower", "-broker" or "-client" as a part: two applications could claim the same Deployment; choose another name`,
    },
  ],
} as const satisfies ObjectSchema;

/** Columns of `kubectl get celeryapp`. */
export const printerColumns = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Workers', type: 'string', jsonPath: '.status.readyWorkers', description: 'Ready worker pods / wanted' },
  {
    name: 'Queued',
    type: 'integer',
    jsonPath: '.status.queued',
    description: 'Messages that wait, where autoscaling counts them',
  },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: 'Image', type: 'string', jsonPath: '.spec.image', priority: 1 },
  { name: 'Broker', type: 'string', jsonPath: '.status.broker', priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
] as const;
