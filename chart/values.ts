import type { ObjectSchema } from '../schemas/dialect.ts';
import { brokerValues } from './broker-values.ts';
import { defaultsValues } from './defaults-values.ts';
import { image, map, open, openList, port, pullSecrets, resources, text } from './values-parts.ts';

/**
 * The values of the chart: the one source of values.yaml, values.schema.json and the table in chart/README.md.
 * In the schema dialect of the CRD; every key has a description, every leaf a default (a test checks).
 */
export const values = {
  type: 'object',
  description: 'Values of the chart celery-operator.',
  properties: {
    nameOverride: text('Replaces the chart name in names and labels.', ''),
    fullnameOverride: text('Replaces the whole base of all names.', ''),
    image: image('ghcr.io/celery-operator/celery-operator', '', "Tag of the image; empty: the chart's appVersion."),
    imagePullSecrets: pullSecrets,
    replicas: {
      type: 'integer',
      description: 'Pods of the operator. The webhook serves on all of them, one controller leads.',
      minimum: 1,
      maximum: 10,
      default: 2,
    },
    logLevel: {
      type: 'string',
      description: 'What both processes log.',
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
      maxLength: 8,
      default: 'info',
    },
    webhook: {
      type: 'object',
      description: 'The admission webhook: a container of the operator pod and the objects that send requests to it.',
      properties: {
        applications: {
          type: 'object',
          description: 'Validation of CeleryApplication.',
          properties: {
            failurePolicy: failurePolicy(
              'What happens to a changed application while no webhook answers. The controller checks again in any case.',
            ),
          },
        },
        pods: {
          type: 'object',
          description: "Injection into pods that carry the label `celeryproject.org/application` (users' own pods).",
          properties: {
            failurePolicy: failurePolicy(
              "What happens to a new labelled pod while no webhook answers. Ignore lets it start without its application's settings.",
            ),
            excludedNamespaces: {
              type: 'array',
              description: "Namespaces whose pods are left alone, besides kube-system and the operator's own.",
              maxItems: 256,
              items: { type: 'string', minLength: 1, maxLength: 63 },
              default: [],
            },
          },
        },
        timeoutSeconds: {
          type: 'integer',
          description: 'Time the API server waits for an answer.',
          minimum: 1,
          maximum: 30,
          default: 5,
        },
        annotations: map('Annotations of both webhook configurations.'),
        port: port('Port the container serves HTTPS on.', 9443),
        metricsPort: port('Port for metrics and health.', 8080),
        resources: resources('Resources of the container.', {
          requests: { cpu: '50m', memory: '80Mi' },
          limits: { memory: '192Mi' },
        }),
        heapMiB: {
          type: 'integer',
          description:
            'Most memory for JavaScript objects, in MiB; the rest of the memory limit is for Node.js itself.',
          minimum: 32,
          maximum: 8192,
          default: 64,
        },
        extraEnv: openList('Further environment variables, as in a Container.'),
      },
    },
    controller: {
      type: 'object',
      description: 'The controller: the other container of the operator pod.',
      properties: {
        metricsPort: port('Port for metrics and health.', 8081),
        resources: resources('Resources of the container.', {
          requests: { cpu: '50m', memory: '96Mi' },
          limits: { memory: '192Mi' },
        }),
        heapMiB: {
          type: 'integer',
          description: 'Most memory for JavaScript objects, in MiB.',
          minimum: 32,
          maximum: 8192,
          default: 120,
        },
        extraEnv: openList('Further environment variables, as in a Container.'),
      },
    },
    defaults: defaultsValues,
    serviceAccount: {
      type: 'object',
      description: 'The ServiceAccount of the operator.',
      properties: {
        create: { type: 'boolean', description: 'Whether to create it.', default: true },
        name: text('Its name; empty: the base name, or "default" when it is not created.', ''),
        annotations: map('Its annotations.'),
      },
    },
    rbac: {
      type: 'object',
      description: 'Access rights.',
      properties: {
        create: { type: 'boolean', description: "Whether to create the operator's roles and bindings.", default: true },
        aggregateRoles: {
          type: 'boolean',
          description: 'Whether the built-in roles view, edit and admin also cover CeleryApplication.',
          default: true,
        },
      },
    },
    crds: {
      type: 'object',
      description: 'The CustomResourceDefinition.',
      properties: {
        install: { type: 'boolean', description: 'Whether the chart installs and upgrades it.', default: true },
        keep: {
          type: 'boolean',
          description: 'Whether it, and with it every application, stays when the chart is uninstalled.',
          default: true,
        },
      },
    },
    uninstallHook: {
      type: 'object',
      description:
        'The Job that `helm uninstall` runs first: it removes the webhook configurations, so that no request waits for a webhook that is gone.',
      properties: {
        enabled: { type: 'boolean', description: 'Whether to run it.', default: true },
        activeDeadlineSeconds: {
          type: 'integer',
          description: 'Time after which it gives up. `helm uninstall --no-hooks` goes on without it.',
          minimum: 10,
          maximum: 3600,
          default: 120,
        },
      },
    },
    commonLabels: map('Labels of every object.'),
    podLabels: map('Labels of the operator pods.'),
    podAnnotations: map('Annotations of the operator pods.'),
    podSecurityContext: open('Security context of the pods; the default meets the restricted Pod Security Standard.', {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    }),
    securityContext: open('Security context of the containers.', {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    }),
    priorityClassName: text('Priority class of the pods, for example system-cluster-critical.', ''),
    nodeSelector: open('Nodes the pods may run on.', { 'kubernetes.io/os': 'linux' }),
    tolerations: openList('Tolerations of the pods.'),
    affinity: open('Affinity of the pods.'),
    topologySpreadConstraints: openList(
      'How the pods spread; empty: over nodes and zones where that is possible, with more than one replica.',
    ),
    hostNetwork: {
      type: 'boolean',
      description:
        "Whether the pods use the node's network, for clusters whose API server cannot reach pods (EKS with another CNI). Needs free ports on the nodes and a strategy without surge on small clusters.",
      default: false,
    },
    strategy: open('How an upgrade replaces the pods, as in a Deployment.', {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    }),
    revisionHistoryLimit: {
      type: 'integer',
      description: 'Old ReplicaSets to keep.',
      minimum: 0,
      maximum: 100,
      default: 3,
    },
    preStopSeconds: {
      type: 'integer',
      description: 'How long a stopping webhook goes on serving while the API server learns that it goes.',
      minimum: 1,
      maximum: 60,
      default: 5,
    },
    terminationGracePeriodSeconds: {
      type: 'integer',
      description: 'Time a stopping pod has.',
      minimum: 10,
      maximum: 600,
      default: 30,
    },
    podDisruptionBudget: {
      type: 'object',
      description: 'How many pods a node drain may take at once; only with more than one replica.',
      properties: {
        enabled: { type: 'boolean', description: 'Whether to create it.', default: true },
        maxUnavailable: {
          type: 'integer',
          description: 'Pods that may be away at once.',
          minimum: 1,
          maximum: 10,
          default: 1,
        },
      },
    },
    networkPolicy: {
      type: 'object',
      description: 'A NetworkPolicy for the operator pods.',
      properties: {
        enabled: { type: 'boolean', description: 'Whether to create it.', default: false },
        metricsFrom: openList(
          'Peers that may read metrics, as in a NetworkPolicy; empty: all pods of the cluster. The webhook port is open to all: the API server is not a pod.',
          64,
        ),
        apiServerPorts: {
          type: 'array',
          description: 'Ports of the API server, before and after service translation.',
          minItems: 1,
          maxItems: 16,
          items: { type: 'integer', minimum: 1, maximum: 65535 },
          default: [443, 6443],
        },
        extraEgress: openList('Further egress rules.', 64),
      },
    },
    metrics: {
      type: 'object',
      description: 'Prometheus metrics.',
      properties: {
        service: {
          type: 'object',
          description: 'The Service for metrics.',
          properties: {
            enabled: { type: 'boolean', description: 'Whether to create it.', default: true },
            annotations: map('Its annotations.'),
          },
        },
        serviceMonitor: {
          type: 'object',
          description:
            'A ServiceMonitor for the Prometheus operator, where the cluster knows that kind. Needs the Service.',
          properties: {
            enabled: { type: 'boolean', description: 'Whether to create it.', default: false },
            interval: text('How often Prometheus reads; empty: its default.', '', '^([0-9]+(ms|s|m|h))*$'),
            labels: map('Its labels, for the selector of Prometheus.'),
          },
        },
      },
    },
    broker: brokerValues,
    extraObjects: openList('Further objects to install with the release; templates in them are rendered.'),
    global: open('Set by Helm for subcharts; not used.'),
  },
} as const satisfies ObjectSchema;

function failurePolicy(description: string) {
  return { type: 'string', description, enum: ['Fail', 'Ignore'], maxLength: 8, default: 'Fail' } as const;
}
