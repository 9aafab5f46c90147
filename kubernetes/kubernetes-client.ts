import type { ApiObject, List } from './object.ts';
import type { Resource } from './resources.ts';
import type { WatchEvent } from './watch.ts';

/** Limits of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the whole call with its retries, in milliseconds; the client's if omitted. */
  readonly timeoutMs?: number | undefined;
}

/** Options of calls that change something. */
export interface WriteOptions extends CallOptions {
  /** The object's own namespace if omitted. */
  readonly namespace?: string | undefined;
  readonly fieldManager?: string | undefined;
  /** Such as `status`. */
  readonly subresource?: string | undefined;
  /** Validate and admit, but store nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take over fields that other managers own, instead of a conflict. */
  readonly force?: boolean | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** json: an array of RFC 6902 operations; merge: RFC 7386. */
  readonly type: 'json' | 'merge';
}

export interface DeleteOptions extends CallOptions {
  readonly namespace?: string | undefined;
  /** Delete only the object with this uid, else a conflict. */
  readonly uid?: string | undefined;
  /** Delete only this version, else a conflict. */
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface ListOptions extends CallOptions {
  /** All namespaces if omitted. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  /** From the page before. */
  readonly continue?: string | undefined;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** After which the server ends the watch. */
  readonly timeoutSeconds?: number | undefined;
  /** Silence after which the connection counts as dead; milliseconds, default 90 000. */
  readonly inactivityMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the server has accepted the watch. */
  readonly onOpen?: (() => void) | undefined;
}

/** Requests to one API server. JSON goes in and out untouched, so fields unknown here survive. Errors: ApiError, ConnectionError. */
export interface KubernetesClient {
  /** undefined if there is no such object (or kind). */
  get<T extends ApiObject>(
    resource: Resource,
    name: string,
    namespace?: string,
    options?: CallOptions,
  ): Promise<T | undefined>;
  /** One page. Items are told their apiVersion and kind, which the server omits. */
  list<T extends ApiObject>(resource: Resource, options?: ListOptions): Promise<List<T>>;
  create<T extends ApiObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply. `metadata.uid` in the object is a precondition: `isConflict` if there is another or no object. */
  apply<T extends ApiObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>;
  /** Replaces; `metadata.resourceVersion` in the object is the optimistic lock. */
  update<T extends ApiObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends ApiObject>(resource: Resource, name: string, patch: unknown, options: PatchOptions): Promise<T>;
  /** Whether there was something to delete. */
  delete(resource: Resource, name: string, options?: DeleteOptions): Promise<boolean>;
  /** Changes from a resource version on, until the server ends the watch. Leaving the loop ends it too. */
  watch<T extends ApiObject>(
    resource: Resource,
    options?: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined>;
  /** GET of any path, such as `/version` or a metrics API; undefined on 404. */
  read<T>(path: string, options?: CallOptions): Promise<T | undefined>;
  /** Ends all connections; calls under way fail. */
  close(): void;
}
