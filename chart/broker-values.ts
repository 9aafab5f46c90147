import type { ObjectSchema } from '../schemas/dialect.ts';
import { image, open, openList, pullSecrets, resources, text } from './values-parts.ts';

const anyImage = image('', '', 'Tag of the image.');

/** Values of the quick-start broker, `chart/charts/broker`. The parent chart shows them under `broker`. */
export const brokerValues = {
  type: 'object',
  description:
    'A quick-start broker beside the operator, for `broker: {bundled: {}}`. Not for production: one pod, no replication, no backups.',
  properties: {
    enabled: { type: 'boolean', description: 'Whether to install it.', default: false },
    type: {
      type: 'string',
      description:
        'Which broker. `redis` gives every application a database of its own, `rabbitmq` a virtual host of its own. Changing it moves all `bundled: {}` applications to the other broker within a minute; tasks that wait in the old one are lost.',
      enum: ['redis', 'rabbitmq'],
      maxLength: 16,
      default: 'redis',
    },
    image: {
      ...anyImage,
      properties: {
        ...anyImage.properties,
        repository: text(
          'Registry and repository; empty: `docker.io/library/redis` or `docker.io/library/rabbitmq`. RabbitMQ needs the management plugin in it, as the official images have.',
          '',
          '^([a-z0-9][a-z0-9._/:-]*)?$',
        ),
        tag: text('Tag of the image; empty: 7 for Redis, 3 for RabbitMQ.', '', '^[A-Za-z0-9_.-]{0,128}$'),
      },
    },
    imagePullSecrets: pullSecrets,
    existingSecret: text(
      "A Secret of the operator's namespace to use instead of a generated one, with the keys `type` (redis or rabbitmq), `host` (`<release>-broker.<namespace>.svc`), `port` (6379 or 5672), `password`, and for RabbitMQ `username` and `managementUrl` (`http://<release>-broker.<namespace>.svc:15672`). Needed under GitOps tools that render without a cluster: they would generate a new password at each render.",
      '',
    ),
    persistence: {
      type: 'object',
      description: 'Where the data is kept.',
      properties: {
        enabled: {
          type: 'boolean',
          description: 'Whether tasks survive a restart of the pod, in a PersistentVolumeClaim.',
          default: false,
        },
        size: text('Size of the claim.', '1Gi', '^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$'),
        storageClassName: text("Storage class; empty: the cluster's default.", ''),
        existingClaim: text('A claim to use instead of a new one.', ''),
      },
    },
    resources: resources('Resources of the broker.', {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    }),
    podSecurityContext: open('Security context of the pod; the default meets the restricted Pod Security Standard.', {
      runAsNonRoot: true,
      runAsUser: 999,
      runAsGroup: 999,
      fsGroup: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    }),
    securityContext: open('Security context of the container.', {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    }),
    nodeSelector: open('Nodes the broker may run on.'),
    tolerations: openList('Tolerations of the pod.'),
    affinity: open('Affinity of the pod.'),
    global: open('Set by Helm for subcharts; not used.'),
  },
} as const satisfies ObjectSchema;
