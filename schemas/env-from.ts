import type { ArraySchema, ObjectSchema } from './dialect.ts';

const reference = (what: string) =>
  ({
    type: 'object',
    description: `A ${what} in the namespace of the application.`,
    required: ['name'],
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      name: { type: 'string', description: `Name of the ${what}.`, minLength: 1, maxLength: 253 },
      optional: { type: 'boolean', description: 'Start also while it does not exist.' },
    },
  }) as const satisfies ObjectSchema;

/** Environment from whole ConfigMaps and Secrets. */
export const envFrom = {
  type: 'array',
  description:
    'Environment from whole ConfigMaps and Secrets, as in a Container (EnvFromSource). Of equal names the last source wins; env wins over all.',
  maxItems: 32,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      prefix: { type: 'string', description: 'Put before each name.', maxLength: 1024 },
      configMapRef: reference('ConfigMap'),
      secretRef: reference('Secret'),
    },
  },
} as const satisfies ArraySchema;
