import { sleep } from './sleep.ts';

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds that never jump; stands still while the machine is suspended. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Resolves after `ms` or when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { monotonic: () => performance.now(), wall: () => Date.now(), sleep };
