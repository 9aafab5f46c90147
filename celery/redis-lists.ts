/** What decides under which keys kombu keeps a queue in Redis. */
export interface RedisKeys {
  readonly separator: string;
  readonly steps: readonly number[];
  readonly prefix: string;
}

/** kombu/transport/redis.py and kombu/transport/virtual/base.py: `sep`, `priority_steps`, `global_keyprefix`. */
const DEFAULTS: RedisKeys = { separator: '\x06\x16', steps: [0, 3, 6, 9], prefix: '' };

/**
 * Reads broker_transport_options; what is missing or no use is kombu's default.
 * @param options the setting, any JSON
 */
export function redisKeys(options: unknown): RedisKeys {
  const given = options !== null && typeof options === 'object' ? (options as Readonly<Record<string, unknown>>) : {};
  const steps = given.priority_steps;
  return {
    separator: typeof given.sep === 'string' ? given.sep : DEFAULTS.separator,
    steps:
      Array.isArray(steps) && steps.length > 0 && steps.every((step) => Number.isInteger(step) && step >= 0)
        ? [...new Set(steps as number[])]
        : DEFAULTS.steps,
    prefix: typeof given.global_keyprefix === 'string' ? given.global_keyprefix : DEFAULTS.prefix,
  };
}

/** The Redis lists of one queue: one a priority step; step 0 has the queue's bare name (kombu's `_q_for_pri`). */
export function redisLists(queue: string, { separator, steps, prefix }: RedisKeys): string[] {
  return steps.map((step) => `${prefix}${step === 0 ? queue : `${queue}${separator}${step}`}`);
}
