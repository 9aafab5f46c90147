import type { ObjectSchema } from './dialect.ts';

/** Bounds that the rules share. */
export const AUTOSCALING_LIMITS = { replicas: 10000, triggers: 16 } as const;

/** `workers[].autoscaling`: who decides how many pods a pool has. */
export const autoscaling = {
  type: 'object',
  description:
    'Lets the load decide the number of worker pods. CPU and memory alone need only Kubernetes (a HorizontalPodAutoscaler); queueLength and triggers need KEDA in the cluster.',
  required: ['maxReplicas'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    minReplicas: {
      type: 'integer',
      format: 'int32',
      description:
        'Fewest worker pods. Defaults to 1. 0 needs queueLength or a trigger: only they see work without a worker.',
      minimum: 0,
      maximum: AUTOSCALING_LIMITS.replicas,
    },
    maxReplicas: {
      type: 'integer',
      format: 'int32',
      description: 'Most worker pods.',
      minimum: 1,
      maximum: AUTOSCALING_LIMITS.replicas,
    },
    queueLength: {
      type: 'object',
      description: 'Scales by the messages that wait, over all queues of the pool and all their priorities.',
      required: ['target'],
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        target: {
          type: 'integer',
          format: 'int32',
          description: 'Waiting messages for each worker pod.',
          minimum: 1,
          maximum: 1000000000,
        },
        activation: {
          type: 'integer',
          format: 'int32',
          description: 'A pool at 0 starts its first pod when more than so many messages wait. Defaults to 0.',
          minimum: 0,
          maximum: 1000000000,
        },
      },
    },
    cpu: {
      type: 'object',
      description: 'Scales by the CPU time that the pods use, in per cent of what they request.',
      required: ['averageUtilization'],
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        averageUtilization: {
          type: 'integer',
          format: 'int32',
          description: 'Per cent of the CPU request, on average over all pods.',
          minimum: 1,
          maximum: 1000000,
        },
      },
    },
    memory: {
      type: 'object',
      description: 'Scales by the memory that the pods use: exactly one of averageUtilization, averageValue.',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        averageUtilization: {
          type: 'integer',
          format: 'int32',
          description: 'Per cent of the memory request, on average over all pods.',
          minimum: 1,
          maximum: 1000000,
        },
        averageValue: {
          type: 'string',
          description: 'Memory of one pod, on average over all pods, as a quantity: 800Mi.',
          pattern: '^[0-9]+(\\.[0-9]+)?([EPTGMk]i?|Ki|m)?$',
          minLength: 1,
          maxLength: 32,
        },
      },
      'x-kubernetes-validations': [
        {
          rule: 'has(self.averageUtilization) != has(self.averageValue)',
          message: 'exactly one of averageUtilization and averageValue must be set: keep one and remove the other',
        },
      ],
    },
    triggers: {
      type: 'array',
      description:
        'Triggers of KEDA, passed on as they are (https://keda.sh/docs/latest/scalers/). Credentials belong in a TriggerAuthentication that authenticationRef names.',
      maxItems: AUTOSCALING_LIMITS.triggers,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        required: ['type', 'metadata'],
        'x-kubernetes-preserve-unknown-fields': true,
        'x-celery-operator-open': true,
        properties: {
          type: {
            type: 'string',
            description: 'Scaler: cron, prometheus, aws-sqs-queue …',
            minLength: 1,
            maxLength: 63,
          },
          name: { type: 'string', description: 'Name of the trigger.', minLength: 1, maxLength: 63 },
          metadata: {
            type: 'object',
            description: 'What the scaler needs.',
            maxProperties: 64,
            additionalProperties: { type: 'string', maxLength: 8192 },
          },
        },
      },
    },
    behavior: {
      type: 'object',
      description:
        'How fast it scales, as in a HorizontalPodAutoscaler (HorizontalPodAutoscalerBehavior). Without scaleDown.stabilizationWindowSeconds it waits 300 s before it removes pods.',
      'x-kubernetes-preserve-unknown-fields': true,
      'x-celery-operator-open': true,
    },
    pollingIntervalSeconds: {
      type: 'integer',
      format: 'int32',
      description: 'How often KEDA looks at the queues of a pool at 0. Defaults to 15.',
      minimum: 1,
      maximum: 86400,
    },
    cooldownPeriodSeconds: {
      type: 'integer',
      format: 'int32',
      description: 'How long the queues must have been empty before the last pod goes. Defaults to 300.',
      minimum: 0,
      maximum: 604800,
    },
    fallback: {
      type: 'object',
      description:
        'Number of pods while KEDA cannot read the queues. Defaults to the current number, and at least max(minReplicas, 1), after 3 failures.',
      required: ['failureThreshold', 'replicas'],
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        failureThreshold: {
          type: 'integer',
          format: 'int32',
          description: 'Failed reads in a row before it holds.',
          minimum: 1,
          maximum: 1000,
        },
        replicas: {
          type: 'integer',
          format: 'int32',
          description: 'Worker pods meanwhile.',
          minimum: 0,
          maximum: AUTOSCALING_LIMITS.replicas,
        },
        behavior: {
          type: 'string',
          description:
            'static takes replicas; the others keep the current number, as far as their names say. Defaults to static.',
          enum: ['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'],
          maxLength: 32,
        },
      },
    },
  },
  'x-kubernetes-validations': [
    {
      rule: '!has(self.minReplicas) || self.minReplicas <= self.maxReplicas',
      message: 'minReplicas must not be above maxReplicas: raise maxReplicas or lower minReplicas',
    },
    {
      rule: '!has(self.minReplicas) || self.minReplicas > 0 || has(self.queueLength) || (has(self.triggers) && self.triggers.size() > 0)',
      message: 'minReplicas: 0 needs queueLength or a trigger: no CPU and no memory is used where no pod runs',
    },
    {
      rule: 'has(self.queueLength) || has(self.cpu) || has(self.memory) || (has(self.triggers) && self.triggers.size() > 0)',
      message: 'nothing says what to scale by: set queueLength, cpu, memory or triggers',
    },
  ],
} as const satisfies ObjectSchema;
