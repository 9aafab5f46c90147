import { createRecentMap } from './recent-map.ts';

export interface TokenBucketOptions {
  /** Tokens of a full bucket. */
  readonly burst: number;
  /** Milliseconds until one token is added. */
  readonly refillMs: number;
  /** Buckets remembered; a forgotten one is full again. */
  readonly maxKeys: number;
}

/** One bucket of tokens per key. */
export interface TokenBuckets {
  /** Takes a token, or answers false. @param now milliseconds */
  take(key: string, now: number): boolean;
}

/** Buckets that start full. */
export function createTokenBuckets({ burst, refillMs, maxKeys }: TokenBucketOptions): TokenBuckets {
  const buckets = createRecentMap<{ tokens: number; at: number }>(maxKeys);
  return {
    take(key, now) {
      const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
      const available = Math.min(burst, tokens + Math.max(0, now - at) / refillMs);
      const taken = available >= 1;
      buckets.set(key, { tokens: taken ? available - 1 : available, at: now });
      return taken;
    },
  };
}
