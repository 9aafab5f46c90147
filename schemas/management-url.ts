import type { ObjectSchema } from './dialect.ts';
import { secretKeyRef } from './secret-key-ref.ts';

/** RabbitMQ's HTTP API, beside the broker's URL. */
export const managementUrl = {
  type: 'string',
  description:
    "URL of RabbitMQ's HTTP API (management plugin), for exact queue lengths and Flower: scheme, user, password, host and port, without /api. Not needed with bundled. A password here can be read by everyone who may read the application: prefer managementUrlFrom.",
  minLength: 1,
  maxLength: 4096,
  example: 'http://rabbitmq:15672',
} as const;

export const managementUrlFrom = {
  type: 'object',
  description: "Takes the URL of RabbitMQ's HTTP API from a Secret.",
  required: ['secretKeyRef'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: { secretKeyRef },
} as const satisfies ObjectSchema;
