import type { ApiConfig } from './config.ts';
import { apiError, ConnectionError, isNotFound } from './errors.ts';
import type {
  ApplyOptions,
  CallOptions,
  KubernetesClient,
  ListOptions,
  PatchOptions,
  WatchOptions,
  WriteOptions,
} from './kubernetes-client.ts';
import { type ApiObject, type List, withKind } from './object.ts';
import { queryString } from './query.ts';
import { type Resource, resourcePath } from './resources.ts';
import { sleep } from './sleep.ts';
import { createTransport, type HttpResponse } from './transport.ts';
import { userAgent } from './user-agent.ts';
import { refusal, watchEvents } from './watch.ts';

export { type ApiConfig, inClusterConfig } from './config.ts';
export * from './errors.ts';
export type * from './kubernetes-client.ts';
export { type ApiObject, keyOf, type List } from './object.ts';
export * from './resources.ts';
export type { WatchEvent } from './watch.ts';

/** Of a client. */
export interface ClientOptions {
  /** Default limit of a call, in milliseconds; default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Default `celery-operator/<version>`. */
  readonly userAgent?: string | undefined;
}

interface Call extends CallOptions {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly what: string;
  readonly confidential?: boolean;
}

const maxRetries = 3;
const maxRetryWaitSeconds = 10;
const contentTypes = {
  apply: 'application/apply-patch+yaml', // JSON is YAML
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
};

/** Seconds to wait before asking again, or undefined if the answer is final. Overload is refused before anything happens. */
function retryWait({ status, retryAfterSeconds }: HttpResponse): number | undefined {
  if (status === 429) return Math.min(retryAfterSeconds ?? 1, maxRetryWaitSeconds);
  if (status === 503 && retryAfterSeconds !== undefined) return Math.min(retryAfterSeconds, maxRetryWaitSeconds);
  return undefined;
}

/** A client. It connects when first used, so creating it cannot fail for lack of an API server. */
export function createClient(config: ApiConfig, options: ClientOptions = {}): KubernetesClient {
  const transport = createTransport(config, options.userAgent ?? userAgent);
  const defaultTimeoutMs = options.timeoutMs ?? 30_000;

  async function attempt(call: Call, deadline: number): Promise<HttpResponse> {
    const request = {
      method: call.method,
      path: call.path + queryString(call.query ?? {}),
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      contentType: call.contentType,
      signal: call.signal,
    };
    const idempotent = call.method !== 'POST' && call.contentType !== contentTypes.json;
    let staleConnections = 0;
    for (let retries = 0; ; ) {
      let response: HttpResponse;
      try {
        response = await transport.exchange({ ...request, timeoutMs: Math.max(1, deadline - performance.now()) });
      } catch (error) {
        const stale = error instanceof ConnectionError && error.code === 'ESTALE';
        if (!stale || !idempotent || staleConnections++ >= 2) throw error;
        continue;
      }
      const wait = retryWait(response);
      if (wait === undefined || !idempotent || retries++ >= maxRetries) return response;
      if (performance.now() + wait * 1000 >= deadline) return response;
      await sleep(wait * 1000, call.signal);
    }
  }

  async function send<T>(call: Call): Promise<T> {
    const response = await attempt(call, performance.now() + (call.timeoutMs ?? defaultTimeoutMs));
    const { status, retryAfterSeconds, text } = response;
    const succeeded = status >= 200 && status < 300;
    let body: unknown;
    try {
      body = text === '' ? undefined : JSON.parse(text);
    } catch {
      if (succeeded) throw new ConnectionError('EBADMESSAGE', `${call.what}: the answer is not JSON`);
    }
    if (!succeeded) throw apiError(status, body, { ...call, retryAfterSeconds });
    return body as T;
  }

  const describe = (
    verb: string,
    resource: Resource,
    namespace?: string,
    name?: string,
    subresource?: string,
  ): { what: string; confidential: boolean } => {
    const kind = subresource ? `${resource.plural}/${subresource}` : resource.plural;
    return {
      what: [verb, kind, [namespace, name].filter(Boolean).join('/')].filter(Boolean).join(' '),
      confidential: resource.group === '' && resource.plural === 'secrets',
    };
  };

  async function orUndefined<T>(result: Promise<T>): Promise<T | undefined> {
    try {
      return await result;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  function write<T extends ApiObject>(
    verb: string,
    method: string,
    resource: Resource,
    object: ApiObject | undefined,
    options: WriteOptions & { name?: string; force?: boolean | undefined },
    extra: { body: unknown; contentType?: string },
  ): Promise<T> {
    const named = method !== 'POST';
    const name = options.name ?? object?.metadata?.name;
    const namespace = resource.namespaced ? (options.namespace ?? object?.metadata?.namespace) : undefined;
    const { subresource, fieldManager, dryRun, force, signal, timeoutMs } = options;
    const where = describe(verb, resource, namespace, name, subresource);
    if (resource.namespaced && !namespace) throw new TypeError(`${where.what}: a namespace is needed`);
    if (named && !name) throw new TypeError(`${where.what}: a name is needed`);
    const path = resourcePath(resource, { namespace, name: named || subresource ? name : undefined, subresource });
    const query = { fieldManager, force: force || undefined, dryRun: dryRun ? 'All' : undefined };
    return send<T>({ method, path, query, signal, timeoutMs, ...where, ...extra });
  }

  return {
    async get<T extends ApiObject>(resource: Resource, name: string, namespace?: string, options: CallOptions = {}) {
      const path = resourcePath(resource, { name, namespace });
      return orUndefined(send<T>({ method: 'GET', path, ...options, ...describe('get', resource, namespace, name) }));
    },
    async list<T extends ApiObject>(resource: Resource, options: ListOptions = {}) {
      const { namespace, signal, timeoutMs, ...query } = options;
      const path = resourcePath(resource, { namespace });
      const where = describe('list', resource, namespace);
      const page = await send<List<T>>({ method: 'GET', path, query: { ...query }, signal, timeoutMs, ...where });
      if (typeof page !== 'object' || page === null) throw new ConnectionError('EBADMESSAGE', `${where.what}: no list`);
      return {
        ...page,
        metadata: page.metadata ?? {},
        items: (page.items ?? []).map((item) => withKind(resource, item)),
      };
    },
    async create<T extends ApiObject>(resource: Resource, object: T, options: WriteOptions = {}) {
      return write<T>('create', 'POST', resource, object, options, { body: withKind(resource, object) });
    },
    async apply<T extends ApiObject>(resource: Resource, object: T, options: ApplyOptions) {
      const extra = { body: withKind(resource, object), contentType: contentTypes.apply };
      return write<T>('apply', 'PATCH', resource, object, options, extra);
    },
    async update<T extends ApiObject>(resource: Resource, object: T, options: WriteOptions = {}) {
      return write<T>('update', 'PUT', resource, object, options, { body: withKind(resource, object) });
    },
    async patch<T extends ApiObject>(resource: Resource, name: string, patch: unknown, options: PatchOptions) {
      const extra = { body: patch, contentType: contentTypes[options.type] };
      return write<T>('patch', 'PATCH', resource, undefined, { ...options, name }, extra);
    },
    async delete(resource, name, options = {}) {
      const { namespace, uid, resourceVersion, propagationPolicy, gracePeriodSeconds, dryRun, ...limits } = options;
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: uid || resourceVersion ? { uid, resourceVersion } : undefined,
        propagationPolicy,
        gracePeriodSeconds,
        dryRun: dryRun ? ['All'] : undefined,
      };
      const path = resourcePath(resource, { name, namespace });
      const where = describe('delete', resource, namespace, name);
      try {
        await send<unknown>({ method: 'DELETE', path, body, ...limits, ...where });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    async *watch<T extends ApiObject>(resource: Resource, options: WatchOptions = {}) {
      const { namespace, inactivityMs = 90_000, signal, onOpen, ...query } = options;
      const context = describe('watch', resource, namespace);
      const path = resourcePath(resource, { namespace });
      const request = { method: 'GET', signal, timeoutMs: Math.min(defaultTimeoutMs, inactivityMs) };
      const search = queryString({ ...query, watch: true, allowWatchBookmarks: true });
      const body = await transport.stream({ ...request, path: path + search });
      if (body.statusCode !== 200) throw await refusal(body, context);
      onOpen?.();
      try {
        yield* watchEvents<T>(body, inactivityMs, context);
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    read: async (path, limits = {}) => orUndefined(send({ method: 'GET', path, what: `get ${path}`, ...limits })),
    close: () => transport.close(),
  };
}
