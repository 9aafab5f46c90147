/**
 * Joins equal work: while a call for a key is under way, further calls for that key get the same promise.
 * Two hundred pods of one Deployment then cost one request to the API server.
 */
export function inFlightOnce<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  return (key, work) => {
    const current = running.get(key);
    if (current !== undefined) return current;
    const started = work().finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}

/**
 * Waits for work no longer than a signal allows. The work itself goes on: others may wait for it, too.
 * @throws whatever the work throws; the signal's reason when it aborts first
 */
export function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
