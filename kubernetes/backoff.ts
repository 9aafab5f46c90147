/** Growing waits between attempts that fail. */
export interface Backoff {
  /** The next wait in milliseconds: doubled each time up to the cap, then reduced by up to half at random. */
  next(): number;
  /** Something worked: the next failure waits briefly again. */
  reset(): void;
  /** Failures since the last reset. */
  failures(): number;
}

export interface BackoffOptions {
  /** Default 500. */
  readonly baseMs?: number | undefined;
  /** Default 30 000. */
  readonly capMs?: number | undefined;
  /** In [0, 1); Math.random if omitted. */
  readonly random?: (() => number) | undefined;
}

/** Jitter keeps replicas that lost the same API server from coming back in step. */
export function createBackoff({ baseMs = 500, capMs = 30_000, random = Math.random }: BackoffOptions = {}): Backoff {
  let failures = 0;
  return {
    next() {
      const full = Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return full * (1 - random() / 2);
    },
    reset() {
      failures = 0;
    },
    failures: () => failures,
  };
}
