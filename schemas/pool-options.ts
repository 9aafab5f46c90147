import type { ObjectSchema } from './dialect.ts';

const integer = (description: string, maximum: number) =>
  ({ type: 'integer', format: 'int32', description, minimum: 1, maximum }) as const;

const amount = (description: string) => ({ description, 'x-kubernetes-int-or-string': true }) as const;

/** Limits of tasks and child processes of one pool; each is an option of `celery worker`. */
export const limits = {
  prefetchMultiplier: integer(
    'Messages a worker reserves for each task it can run at once (--prefetch-multiplier). Without it the settings decide; Celery defaults to 4. Unlimited (0) can only be said in config.',
    10000,
  ),
  maxTasksPerChild: integer(
    'Tasks after which a child process is replaced (--max-tasks-per-child), prefork only.',
    2147483647,
  ),
  maxMemoryPerChild: {
    type: 'string',
    description:
      'Resident memory after which a child process is replaced when its task has ended (--max-memory-per-child, which counts KiB), prefork only: a quantity with its unit.',
    pattern: '^[1-9][0-9]*(\\.[0-9]+)?(k|M|G|T|Ki|Mi|Gi|Ti)$',
    maxLength: 32,
    example: '512Mi',
  },
  timeLimitSeconds: integer(
    'Time after which a running task is killed (--time-limit), prefork and gevent only. The default grace period follows it.',
    604800,
  ),
  softTimeLimitSeconds: integer(
    'Time after which a running task gets the exception SoftTimeLimitExceeded (--soft-time-limit), prefork only.',
    604800,
  ),
} as const;

/** How the Deployment of a pool replaces its pods. */
export const strategy = {
  type: 'object',
  description:
    'How pods are replaced, as in a Deployment (DeploymentStrategy), verbatim. Defaults to RollingUpdate with maxSurge 25% and maxUnavailable 0.',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    type: {
      type: 'string',
      description: 'RollingUpdate, or Recreate: all old pods go before new ones come.',
      enum: ['RollingUpdate', 'Recreate'],
      maxLength: 16,
    },
    rollingUpdate: {
      type: 'object',
      description: 'Bounds of a rolling update.',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        maxSurge: amount('Most pods beyond the wanted number: a number or a percentage.'),
        maxUnavailable: amount('Most pods below the wanted number: a number or a percentage.'),
      },
    },
  },
} as const satisfies ObjectSchema;

/** How many pods of a pool a drained node may take at once. */
export const podDisruptionBudget = {
  type: 'object',
  description:
    'How many pods may be evicted at once, as when a node is drained: exactly one of maxUnavailable and minAvailable. Without it: maxUnavailable 1 where more than one pod is possible, no budget otherwise.',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    maxUnavailable: amount('Most pods that may be away: a number or a percentage.'),
    minAvailable: amount('Fewest pods that must stay: a number or a percentage.'),
  },
  'x-kubernetes-validations': [
    {
      rule: 'has(self.maxUnavailable) != has(self.minAvailable)',
      message: 'exactly one of maxUnavailable and minAvailable must be set: keep one and remove the other',
    },
  ],
} as const satisfies ObjectSchema;
