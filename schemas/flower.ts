import type { ObjectSchema, Schema } from './dialect.ts';

/** Parts that every component has, as spec names them too. */
export interface ComponentSchemas {
  readonly image: Schema;
  readonly args: Schema;
  readonly env: Schema;
  readonly envFrom: Schema;
  readonly resources: Schema;
  readonly podTemplate: Schema;
}

/** A path as URLs have it, of characters that mean nothing to a regular expression: Flower makes one of it. A leading and a trailing "/" are optional. */
export const PATH_PATTERN = '^/?([A-Za-z0-9_~:@.-]+(/[A-Za-z0-9_~:@.-]+)*/?)?$';

const path = (description: string) =>
  ({ type: 'string', description, pattern: PATH_PATTERN, maxLength: 512, example: '/flower' }) as const;

const annotations = (of: string) =>
  ({
    type: 'object',
    description: `Annotations of the ${of}.`,
    maxProperties: 64,
    additionalProperties: { type: 'string', maxLength: 65536 },
  }) as const;

const hostname = (description: string) =>
  ({
    type: 'string',
    description,
    pattern: '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
    maxLength: 253,
    example: 'flower.example.com',
  }) as const;

const port = (description: string) =>
  ({ type: 'integer', format: 'int32', description, minimum: 1, maximum: 65535 }) as const;

/** `spec.flower`: the web page that shows workers and tasks. */
export const flowerSchema = (component: ComponentSchemas) =>
  ({
    type: 'object',
    description:
      'Flower, the web page that shows workers and tasks. Its presence turns it on, {} is enough; the image must hold the Python package flower.',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      args: component.args,
      urlPrefix: path(
        'Path under which browsers see Flower (--url_prefix). Defaults to the path of ingress or httpRoute, else none.',
      ),
      basicAuthSecretRef: {
        type: 'object',
        description:
          'Logins that Flower asks for: one key of a Secret in the namespace of the application whose value is user:password; several logins are separated by commas, so none may hold one.',
        required: ['name', 'key'],
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          name: { type: 'string', description: 'Name of the Secret.', minLength: 1, maxLength: 253 },
          key: { type: 'string', description: 'Key in the Secret.', minLength: 1, maxLength: 253 },
        },
      },
      readOnly: {
        type: 'boolean',
        description:
          'Shows everything and refuses every operation (--read_only). Needs Flower 2.1 or later: with an older one in the image Flower does not start; with agent Disabled, or a --conf of your own, an older one ignores it and lets operations pass. Defaults to false.',
      },
      allowUnauthenticated: {
        type: 'boolean',
        description:
          'Lets Flower be reachable from outside the cluster without a login that the operator knows of. Everyone who reaches it can stop workers unless readOnly is set.',
      },
      storage: {
        type: 'object',
        description:
          'A volume on which Flower keeps what it has seen (--persistent). Without it a restart of Flower forgets past tasks.',
        required: ['size'],
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          size: {
            type: 'string',
            description: 'Size of the volume, as in a PersistentVolumeClaim.',
            pattern: '^[0-9]+(\\.[0-9]+)?([EPTGMk]i?|Ki)?$',
            minLength: 1,
            maxLength: 32,
            example: '1Gi',
          },
          className: {
            type: 'string',
            description: "StorageClass. Defaults to the cluster's own default.",
            minLength: 1,
            maxLength: 253,
          },
        },
      },
      service: {
        type: 'object',
        description: 'The Service <application>-flower.',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          type: {
            type: 'string',
            description:
              'Type of the Service. NodePort and LoadBalancer open Flower to the outside. Defaults to ClusterIP.',
            enum: ['ClusterIP', 'NodePort', 'LoadBalancer'],
            maxLength: 16,
          },
          port: port('Port of the Service. Defaults to 5555.'),
          nodePort: port('Port on every node. Defaults to one that Kubernetes chooses.'),
          annotations: annotations('Service'),
        },
      },
      ingress: {
        type: 'object',
        description:
          "An Ingress <application>-flower to Flower's own pages. /metrics and /healthcheck, which Flower gives without a login, are left out.",
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          className: {
            type: 'string',
            description: "IngressClass. Defaults to the cluster's own default.",
            minLength: 1,
            maxLength: 253,
          },
          host: hostname('Host name. Without it the Ingress answers for every host.'),
          path: path('Path of the Ingress. Defaults to urlPrefix, else /.'),
          annotations: annotations('Ingress'),
          tlsSecretName: {
            type: 'string',
            description: 'Secret with the certificate for host (kubernetes.io/tls). Without it the Ingress has no TLS.',
            minLength: 1,
            maxLength: 253,
          },
        },
      },
      httpRoute: {
        type: 'object',
        description:
          "An HTTPRoute <application>-flower (gateway.networking.k8s.io/v1, which the cluster must have) to Flower's own pages, without /metrics and /healthcheck.",
        required: ['parentRefs'],
        'x-kubernetes-preserve-unknown-fields': true,
        properties: {
          parentRefs: {
            type: 'array',
            description: 'Gateways, as in an HTTPRoute (ParentReference).',
            minItems: 1,
            maxItems: 32,
            'x-kubernetes-list-type': 'atomic',
            items: {
              type: 'object',
              'x-kubernetes-preserve-unknown-fields': true,
              'x-celery-operator-open': true,
            },
          },
          hostnames: {
            type: 'array',
            description: "Host names. Without any: those of the Gateway's listener.",
            maxItems: 16,
            'x-kubernetes-list-type': 'atomic',
            items: hostname('A host name.'),
          },
          path: path('Path of the route. Defaults to urlPrefix, else /.'),
        },
      },
      image: component.image,
      env: component.env,
      envFrom: component.envFrom,
      resources: component.resources,
      podTemplate: component.podTemplate,
    },
  }) as const satisfies ObjectSchema;

/** `status.flower`. */
export const flowerStatus = {
  type: 'object',
  description: 'Flower, where the specification has it.',
  properties: {
    ready: { type: 'boolean', description: 'Whether its pod answers.' },
    url: {
      type: 'string',
      description: 'Where it is: behind the Ingress or HTTPRoute, else inside the cluster.',
      maxLength: 1024,
    },
    message: { type: 'string', description: 'What keeps it from being ready.', maxLength: 1024 },
  },
} as const satisfies ObjectSchema;
