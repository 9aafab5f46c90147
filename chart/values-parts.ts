import type { ArraySchema, ObjectSchema, StringSchema } from '../schemas/dialect.ts';

/** Fragments of the chart's values that more than one key uses. */

/** A text value with an upper bound; the default is what values.yaml shows. */
export const text = (description: string, value: string, pattern?: string): StringSchema => ({
  type: 'string',
  description,
  maxLength: 1024,
  default: value,
  ...(pattern === undefined ? {} : { pattern }),
});

/** An object whose content belongs to Kubernetes: passed on as it is. */
export const open = (description: string, value: { readonly [name: string]: unknown } = {}): ObjectSchema => ({
  type: 'object',
  description,
  'x-celery-operator-open': true,
  default: value,
});

/** A list whose items belong to Kubernetes: passed on as they are. */
export const openList = (description: string, maxItems = 256): ArraySchema => ({
  type: 'array',
  description,
  maxItems,
  items: { type: 'object', 'x-celery-operator-open': true },
  default: [],
});

/** A map of texts, such as labels. */
export const map = (description: string): ObjectSchema => ({
  type: 'object',
  description,
  maxProperties: 64,
  additionalProperties: { type: 'string', maxLength: 262144 },
  default: {},
});

/** Requests and limits of a container. */
export const resources = (
  description: string,
  value: { readonly requests: Record<string, string>; readonly limits: Record<string, string> },
): ObjectSchema => ({
  type: 'object',
  description,
  default: value,
  properties: {
    requests: quantities('What is reserved.'),
    limits: quantities('Most it may use.'),
    claims: openList('Resource claims, as in a Container.', 32),
  },
});

const quantities = (description: string): ObjectSchema => ({
  type: 'object',
  description,
  additionalProperties: { 'x-kubernetes-int-or-string': true },
});

/** A port number that is open to an unprivileged process. */
export const port = (description: string, value: number) =>
  ({ type: 'integer', description, minimum: 1024, maximum: 65535, default: value }) as const;

/** Pull secrets, as in a PodSpec. */
export const pullSecrets: ArraySchema = {
  type: 'array',
  description: 'Secrets with registry credentials: `[{name: …}]`.',
  maxItems: 16,
  items: {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string', description: 'Name of the Secret.', minLength: 1, maxLength: 253 } },
  },
  default: [],
};

const DIGEST = '^(sha256:[a-f0-9]{64})?$';

/** An image by tag or digest. */
export const image = (repository: string, tag: string, tagMeaning: string): ObjectSchema => ({
  type: 'object',
  description: 'The image.',
  properties: {
    repository: text('Registry and repository.', repository, '^[a-z0-9][a-z0-9._/:-]*$'),
    tag: text(tagMeaning, tag, '^[A-Za-z0-9_.-]{0,128}$'),
    digest: text('Digest (`sha256:…`); wins over the tag.', '', DIGEST),
    pullPolicy: {
      type: 'string',
      description: 'When the image is pulled.',
      enum: ['Always', 'IfNotPresent', 'Never'],
      maxLength: 16,
      default: 'IfNotPresent',
    },
  },
});
