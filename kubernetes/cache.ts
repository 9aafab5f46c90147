import { type BackoffOptions, createBackoff } from './backoff.ts';
import { type ChangeHandler, createDeliveries } from './deliveries.ts';
import { ApiError, ConnectionError, isExpired, isNotFound } from './errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { type Log, silent } from './log.ts';
import { type ApiObject, keyOf } from './object.ts';
import type { Resource } from './resources.ts';
import { sleep } from './sleep.ts';
import { createStore, type Index } from './store.ts';

export interface WatchCacheOptions<T extends ApiObject> {
  /** All namespaces if omitted. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Called one at a time, in order. Deletions that happened unseen are reported after the next list. */
  readonly onChange?: ChangeHandler<T> | undefined;
  /** Drops what nobody reads, before storing. Must keep metadata's name, namespace, uid and resourceVersion. */
  readonly transform?: ((object: T) => T) | undefined;
  readonly indexes?: Readonly<Record<string, Index<T>>> | undefined;
  readonly log?: Log | undefined;
  /**
   * Silence of a watch after which it is opened anew, in ms; default 90 000. Bookmarks come each minute (Kubernetes 1.35:
   * after 59, 119, 180 s), but none for a resource that has not changed since the API server started.
   */
  readonly inactivityMs?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /**
   * For a kind that the cluster may lack: while it does, the copy is empty and counts as synced, and it is looked for
   * again after so many ms. Undefined: a missing kind is a failure like any other.
   */
  readonly absentMs?: number | undefined;
  /** Objects per list request; default 500. */
  readonly pageSize?: number | undefined;
  /** Wall clock of `lastActivity`, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** A local copy of a collection, kept current by list and watch. */
export interface WatchCache<T> {
  /** Starts, once. Resolves when `signal` has aborted, never before, and never rejects. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves after the first complete list; stays pending while there was none. */
  readonly synced: Promise<void>;
  /** Of a cluster-wide kind: without a namespace. Objects are shared: do not change them. */
  get(namespace: string | undefined, name: string): T | undefined;
  list(namespace?: string): T[];
  /** Objects with that value in the named index. @throws TypeError for an unknown index */
  byIndex(index: string, value: string): T[];
  /** When the API server last proved that this copy is current (list, event, bookmark): ms since the epoch, 0 if never. */
  lastActivity(): number;
  /** False while the cluster lacks the kind, as far as was seen (see absentMs). */
  served(): boolean;
}

/** After so many failures in a row the copy is listed anew: the version to continue from may itself be the trouble. */
const failuresBeforeRelist = 3;
/** A watch that ends sooner and brought nothing is a failure: reconnecting at once would be a busy loop. */
const shortWatchMs = 1_000;
/** A watch that stood this long works, even if nothing happened. */
const longWatchMs = 10_000;

/** A cache of `resource`; nothing happens before `start`. */
export function watchCache<T extends ApiObject>(
  client: Pick<KubernetesClient, 'list' | 'watch'>,
  resource: Resource,
  options: WatchCacheOptions<T> = {},
): WatchCache<T> {
  const { namespace, labelSelector, fieldSelector, log = silent, now = Date.now, transform } = options;
  const scope = { namespace, labelSelector, fieldSelector };
  const store = createStore<T>(options.indexes ?? {});
  const deliver = createDeliveries<T>(options.onChange ?? (() => {}), log);
  const backoff = createBackoff(options.backoff);
  const synced = Promise.withResolvers<void>();
  let lastActivity = 0;
  let started = false;
  let absent = false;

  const prepared = (object: T): T => {
    try {
      return transform ? transform(object) : object;
    } catch (error) {
      log('a transform failed, the object is stored whole', { resource: resource.plural, key: keyOf(object), error });
      return object;
    }
  };

  const put = (object: T): void => {
    const key = keyOf(object);
    const before = store.get(key)?.metadata;
    const { uid, resourceVersion } = object.metadata ?? {};
    if (before && before.uid === uid && before.resourceVersion === resourceVersion) return;
    const stored = prepared(object);
    store.set(key, stored);
    deliver(key, stored);
  };

  const remove = (key: string): void => {
    if (store.get(key) === undefined) return;
    store.delete(key);
    deliver(key, undefined);
  };

  /** Stores a whole list, page by page, and returns the version to watch from. */
  async function readAll(signal: AbortSignal, limit: number | undefined): Promise<string | undefined> {
    const present = new Set<string>();
    let next: string | undefined;
    for (;;) {
      const page = await client.list<T>(resource, { ...scope, limit, continue: next, signal });
      lastActivity = now();
      for (const object of page.items) {
        present.add(keyOf(object));
        put(object);
      }
      next = page.metadata.continue || undefined;
      if (next) continue;
      for (const key of [...store.keys()]) if (!present.has(key)) remove(key);
      synced.resolve();
      return page.metadata.resourceVersion;
    }
  }

  async function relist(signal: AbortSignal): Promise<string | undefined> {
    try {
      return await readAll(signal, options.pageSize ?? 500);
    } catch (error) {
      if (!isExpired(error)) throw error;
      return readAll(signal, undefined); // the pages' snapshot was compacted meanwhile: take it in one piece
    }
  }

  /** Follows changes until the server ends the watch; `seen` hears each version. */
  async function follow(signal: AbortSignal, from: string | undefined, seen: (version: string) => void): Promise<void> {
    const openedAt = performance.now();
    let events = 0;
    const watch = client.watch<T>(resource, {
      ...scope,
      resourceVersion: from,
      timeoutSeconds: 240 + Math.floor(Math.random() * 61),
      inactivityMs: options.inactivityMs ?? 90_000,
      signal,
      onOpen: () => {
        lastActivity = now();
      },
    });
    try {
      for await (const { type, object } of watch) {
        if (signal.aborted) return;
        events += 1;
        backoff.reset();
        lastActivity = now();
        if (type === 'DELETED') remove(keyOf(object));
        else if (type !== 'BOOKMARK') put(object);
        const version = object.metadata?.resourceVersion;
        if (version) seen(version);
      }
    } catch (error) {
      // Dead or only quiet: opening it anew tells, and loses nothing.
      if (error instanceof ConnectionError && error.code === 'ESILENT') return;
      throw error;
    } finally {
      if (performance.now() - openedAt >= longWatchMs) backoff.reset();
    }
    if (events === 0 && performance.now() - openedAt < shortWatchMs) {
      throw new ConnectionError('ECONNRESET', `watch ${resource.plural}: ended at once`);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await relist(signal);
        absent = false;
        await follow(signal, version, (seen) => {
          version = seen;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (options.absentMs !== undefined && isNotFound(error)) {
          version = undefined;
          absent = true;
          backoff.reset();
          lastActivity = now();
          for (const key of [...store.keys()]) remove(key);
          synced.resolve();
          await sleep(options.absentMs, signal);
          continue;
        }
        const expired = isExpired(error);
        const first = backoff.failures() === 0;
        const wait = backoff.next();
        if (expired || backoff.failures() >= failuresBeforeRelist) version = undefined;
        if (expired && first) continue; // expected after a long silence: list again at once
        const asked = error instanceof ApiError ? Math.min(error.retryAfterSeconds ?? 0, 30) * 1000 : 0;
        log('a watch failed and will be restarted', { resource: resource.plural, failures: backoff.failures(), error });
        await sleep(Math.max(wait, asked), signal);
      }
    }
  }

  return {
    async start(signal) {
      if (started) throw new TypeError(`the cache of ${resource.plural} was started before`);
      started = true;
      await run(signal);
    },
    synced: synced.promise,
    get: (inNamespace, name) => store.get(inNamespace ? `${inNamespace}/${name}` : name),
    list(inNamespace) {
      const all = store.values();
      return inNamespace === undefined ? all : all.filter((object) => object.metadata?.namespace === inNamespace);
    },
    byIndex: (index, value) => store.byIndex(index, value),
    lastActivity: () => lastActivity,
    served: () => !absent,
  };
}
