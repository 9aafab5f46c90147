import { inFlightOnce, withSignal } from './once.ts';
import { RETRY, Unavailable } from './unavailable.ts';

/** All that injection has to know of an application; also what the watch keeps of one, so that a thousand fit in a megabyte. */
export interface ApplicationSummary {
  /** Name of the ConfigMap for users' own pods; undefined until the controller has published one. */
  readonly clientConfig: string | undefined;
}

export interface Applications {
  /**
   * The current ConfigMap of an application; waits for an application that is just being made.
   * @throws Unavailable when the signal aborts first
   */
  clientConfig(namespace: string, name: string, signal: AbortSignal): Promise<string>;
  /** Tells those who wait that an application has changed. */
  changed(namespace: string, name: string): void;
}

export interface ApplicationSource {
  /** From the watch cache. */
  cached(namespace: string, name: string): ApplicationSummary | undefined;
  /** From the API server; undefined when there is none. */
  get(namespace: string, name: string): Promise<ApplicationSummary | undefined>;
}

/** Milliseconds between direct reads while a pod waits: the watch usually tells earlier. */
const POLL = 1000;

/**
 * Looks applications up in the watch cache, else in the API server, else waits: `helm install` makes applications and pods at the same time.
 */
export function createApplications(source: ApplicationSource): Applications {
  const waiting = new Map<string, Set<() => void>>();
  const once = inFlightOnce<ApplicationSummary | undefined>();
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

  function change(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wakers = waiting.get(key) ?? new Set();
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        wakers.delete(wake);
        if (wakers.size === 0 && waiting.get(key) === wakers) waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(wake, POLL);
      signal.addEventListener('abort', wake, { once: true });
      wakers.add(wake);
      waiting.set(key, wakers);
    });
  }

  return {
    async clientConfig(namespace, name, signal) {
      const cached = source.cached(namespace, name)?.clientConfig;
      if (cached !== undefined) return cached;
      const key = keyOf(namespace, name);
      let last: ApplicationSummary | 'absent' | 'unreadable' = 'unreadable';
      while (!signal.aborted) {
        const read = withSignal(
          once(key, () => source.get(namespace, name)),
          signal,
        );
        last = await read.then(
          (found) => found ?? 'absent',
          () => (signal.aborted ? last : 'unreadable'),
        );
        const current = typeof last === 'object' ? last.clientConfig : source.cached(namespace, name)?.clientConfig;
        if (current !== undefined) return current;
        if (!signal.aborted) await change(key, signal);
        const told = source.cached(namespace, name)?.clientConfig;
        if (told !== undefined) return told;
      }
      throw new Unavailable(sentence(namespace, name, last));
    },
    changed(namespace, name) {
      for (const wake of [...(waiting.get(keyOf(namespace, name)) ?? [])]) wake();
    },
  };
}

function sentence(namespace: string, name: string, last: ApplicationSummary | 'absent' | 'unreadable'): string {
  if (last === 'absent') return `there is no CeleryApplication "${name}" in namespace "${namespace}"; ${RETRY}`;
  if (last === 'unreadable') return `the CeleryApplication "${name}" could not be read in time; ${RETRY}`;
  return `the CeleryApplication "${name}" has published no configuration yet (see kubectl get celeryapp ${name}); ${RETRY}`;
}
