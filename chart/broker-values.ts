import type { ObjectSchema } from '../schemas/dialect.ts';
import { image, open, openList, pullSecrets, resources, text } from './values-parts.ts';

/** Values of the quick-start broker, `chart/charts/broker`. The parent chart shows them under `broker`. */
export const brokerValues = {
  type: 'object',
  description:
    'A quick-start broker beside the operator, for `broker: {bundled: {}}`. Not for production: one pod, no replication, no backups.',
  properties: {
    enabled: { type: 'boolean', description: 'Whether to install it.', default: false },
    type: { type: 'string', description: 'Which broker.', enum: ['redis'], maxLength: 16, default: 'redis' },
    image: image('docker.io/library/redis', '7', 'Tag of the image.'),
    imagePullSecrets: pullSecrets,
    existingSecret: text(
      "A Secret of the operator's namespace to use instead of a generated one, with the keys `type` (redis), `host` (`<release>-broker.<namespace>.svc`), `port` (6379) and `password`. Needed under GitOps tools that render without a cluster: they would generate a new password at each render.",
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
      requests: { cpu: '50m', memory: '64Mi' },
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
