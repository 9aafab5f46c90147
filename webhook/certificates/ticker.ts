/** Repeats something until told to stop. */
export interface Ticker {
  run(signal: AbortSignal): Promise<void>;
  /** Does it again at once, or once more when it is at work. */
  nudge(): void;
}

/**
 * Repeats work at short intervals and looks at the wall clock each time: one long timer would overflow after 24.8 days, and would not notice that
 * the machine was suspended or its clock set.
 * @param work does its own error handling; returns milliseconds until the next time
 */
export function ticker(work: () => Promise<number>): Ticker {
  let nudged = false;
  let wake: (() => void) | undefined;
  return {
    async run(signal) {
      while (!signal.aborted) {
        nudged = false;
        const pause = await work();
        if (nudged || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          const end = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', end);
            wake = undefined;
            resolve();
          };
          const timer = setTimeout(end, pause);
          signal.addEventListener('abort', end, { once: true });
          wake = end;
        });
      }
    },
    nudge() {
      nudged = true;
      wake?.();
    },
  };
}
