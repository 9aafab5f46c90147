/** Keys to reconcile: each at most once at a time, failed ones again with growing pauses. */
export interface WorkQueue {
  /** Asks for a reconcile of a key; many asks before it starts are one. */
  add(key: string): void;
  /** Asks for one after a pause of so many milliseconds, unless an earlier one is due already. */
  addAfter(key: string, milliseconds: number): void;
  /** Ends when every running reconcile has ended; nothing starts any more. */
  stop(): Promise<void>;
  readonly waiting: number;
  readonly running: number;
}

interface Options {
  /** Reconciles at once. */
  readonly concurrency: number;
  /** Does the work of one key; a rejection is retried. */
  readonly work: (key: string) => Promise<void>;
  /** Told of each failure before its retry. */
  readonly onError: (key: string, error: unknown, retryInMilliseconds: number) => void;
}

const FIRST_RETRY = 250;
const LONGEST_RETRY = 60_000;

/** Makes a queue. It starts at once. */
export function createWorkQueue(options: Options): WorkQueue {
  const ready = new Set<string>();
  const running = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { timer: NodeJS.Timeout; due: number }>();
  let stopped = false;
  let idle: (() => void) | undefined;

  const pump = (): void => {
    if (stopped) {
      if (running.size === 0) idle?.();
      return;
    }
    for (const key of ready) {
      if (running.size >= options.concurrency) return;
      ready.delete(key);
      running.add(key);
      void process(key);
    }
  };

  const process = async (key: string): Promise<void> => {
    try {
      await options.work(key);
      failures.delete(key);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      // Jitter keeps a thousand applications from coming back in step after an outage.
      const pause = Math.min(FIRST_RETRY * 2 ** Math.min(count - 1, 20), LONGEST_RETRY) * (0.75 + Math.random() / 2);
      options.onError(key, error, pause);
      queue.addAfter(key, pause);
    }
    running.delete(key);
    if (again.delete(key)) queue.add(key);
    pump();
  };

  const queue: WorkQueue = {
    add(key) {
      if (stopped) return;
      const pending = timers.get(key);
      if (pending) {
        clearTimeout(pending.timer);
        timers.delete(key);
      }
      if (running.has(key)) again.add(key);
      else ready.add(key);
      pump();
    },
    addAfter(key, milliseconds) {
      if (stopped) return;
      const due = Date.now() + milliseconds;
      const pending = timers.get(key);
      if (pending && pending.due <= due) return;
      if (pending) clearTimeout(pending.timer);
      const timer = setTimeout(() => {
        timers.delete(key);
        queue.add(key);
      }, milliseconds);
      timers.set(key, { timer, due });
    },
    stop() {
      stopped = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      ready.clear();
      return new Promise((resolve) => {
        idle = resolve;
        pump();
      });
    },
    get waiting() {
      return ready.size + timers.size;
    },
    get running() {
      return running.size;
    },
  };
  return queue;
}
