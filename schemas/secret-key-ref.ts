import type { ObjectSchema } from './dialect.ts';

/** A URL that stands in a Secret. */
export const secretKeyRef = {
  type: 'object',
  description: 'One key of a Secret in the namespace of the application.',
  required: ['name', 'key'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    name: { type: 'string', description: 'Name of the Secret.', minLength: 1, maxLength: 253 },
    key: {
      type: 'string',
      description: 'Key in the Secret whose value is the whole URL.',
      minLength: 1,
      maxLength: 253,
    },
  },
} as const satisfies ObjectSchema;
