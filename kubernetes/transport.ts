import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ApiConfig } from './config.ts';
import { ConnectionError } from './errors.ts';

/*
 * node:https rather than undici: fastify, which the webhook needs anyway, has loaded it already. Measured with Node 24.21,
 * resident after 50 TLS requests: fastify 67 MiB, with node:https 73, with undici's Pool 87, with all of undici 92.
 */

/** One request, without credentials: the transport adds them. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  /** For the whole exchange, or for a stream until its headers; milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that was read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Seconds, from the header Retry-After. */
  readonly retryAfterSeconds: number | undefined;
  readonly text: string;
}

/** HTTP to one API server over kept-alive connections. */
export interface Transport {
  /** @throws ConnectionError; the signal's reason when that aborted */
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /** Resolves with the headers; the body follows. Abort or destroy it to end. */
  stream(request: HttpRequest): Promise<IncomingMessage>;
  /** Ends all connections; requests under way fail. */
  close(): void;
}

/** Probes start this long after the last byte, so that a vanished peer is noticed by the kernel as well. */
const keepAliveMs = 15_000;
/** Idle connections are closed before the API server (90 s) or a load balancer closes them under a request. */
const idleMs = 55_000;
const maxConnections = 32;

/** Seconds of a Retry-After header: a number or an HTTP date. */
export function retryAfter(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? (Date.parse(header) - now) / 1000 : seconds;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'ECONNRESET';

/** Any failure of a connection as one of ours. */
export const connectionError = (what: string, error: unknown): ConnectionError =>
  error instanceof ConnectionError
    ? error
    : new ConnectionError(codeOf(error), `${what}: ${error instanceof Error ? error.message : String(error)}`, error);

type Agents = readonly [requests: HttpAgent, streams: HttpAgent];

/** A transport to `config.server`. Opens no connection yet. */
export function createTransport(config: ApiConfig, userAgent: string): Transport {
  const url = new URL(config.server);
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new TypeError(`server ${config.server}: neither https nor http`);
  const prefix = url.pathname.replace(/\/+$/, '');
  const readCa = (): string | undefined => (typeof config.ca === 'function' ? config.ca() : config.ca);
  const underWay = new Set<ClientRequest>();
  let closed = false;
  let ca: string | undefined;
  let agents: Agents | undefined;

  const retire = ([requests, streams]: Agents): void => {
    for (const agent of [requests, streams]) {
      agent.maxFreeSockets = 0; // connections in use end when they become idle
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    }
  };
  const currentAgents = (): Agents => {
    const wanted = readCa();
    if (agents && wanted === ca) return agents;
    if (agents) retire(agents);
    ca = wanted;
    const shared = { keepAlive: true, keepAliveMsecs: keepAliveMs, maxSockets: maxConnections, timeout: idleMs };
    const tls = {
      ca,
      cert: config.cert,
      key: config.key,
      rejectUnauthorized: !config.insecureSkipTlsVerify,
      ...(config.tlsServerName ? { servername: config.tlsServerName } : {}),
    };
    agents = secure
      ? [new HttpsAgent({ ...shared, ...tls }), new HttpsAgent(tls)]
      : [new HttpAgent(shared), new HttpAgent()];
    return agents;
  };

  const headersOf = (request: HttpRequest): Record<string, string> => {
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
    const token = config.token?.();
    if (token) headers.authorization = `Bearer ${token}`;
    if (request.body !== undefined) {
      headers['content-type'] = request.contentType ?? 'application/json';
      headers['content-length'] = String(Buffer.byteLength(request.body));
    }
    return headers;
  };

  /** Calls back with the headers' arrival; the returned function lifts the time limit. */
  const open = (
    request: HttpRequest,
    agentOf: (agents: Agents) => HttpAgent,
  ): { response: Promise<IncomingMessage>; lift: () => void; what: string } => {
    const what = `${request.method} ${request.path.split('?')[0]}`;
    if (closed) throw new ConnectionError('ECANCELED', `${what}: the client is closed`);
    request.signal?.throwIfAborted();
    const outgoing = (secure ? httpsRequest : httpRequest)({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      method: request.method,
      path: prefix + request.path,
      headers: headersOf(request),
      agent: agentOf(currentAgents()),
    });
    const timer = setTimeout(
      () => outgoing.destroy(new ConnectionError('ETIMEDOUT', `${what}: no answer within ${request.timeoutMs} ms`)),
      request.timeoutMs,
    );
    const lift = (): void => clearTimeout(timer);
    const abort = (): void => void outgoing.destroy(new ConnectionError('ECANCELED', `${what}: aborted`));
    request.signal?.addEventListener('abort', abort, { once: true });
    underWay.add(outgoing);
    outgoing.once('close', () => {
      lift();
      underWay.delete(outgoing);
      request.signal?.removeEventListener('abort', abort);
    });
    outgoing.once('socket', (socket) => socket.setKeepAlive(true, keepAliveMs));
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      // Stays for the whole exchange: an error after the headers arrives here too and must not be unhandled.
      outgoing.on('error', (error) => {
        const stale = outgoing.reusedSocket && codeOf(error) === 'ECONNRESET';
        reject(stale ? new ConnectionError('ESTALE', `${what}: the idle connection had been closed`, error) : error);
      });
    });
    outgoing.end(request.body);
    return { response, lift, what };
  };

  const rethrow = (request: HttpRequest, what: string, error: unknown): never => {
    request.signal?.throwIfAborted();
    throw connectionError(what, error);
  };

  return {
    async exchange(request) {
      const { response, what } = open(request, ([requests]) => requests);
      try {
        const message = await response;
        const chunks: Buffer[] = [];
        for await (const chunk of message) chunks.push(chunk as Buffer);
        return {
          status: message.statusCode ?? 0,
          retryAfterSeconds: retryAfter(message.headers['retry-after']),
          text: Buffer.concat(chunks).toString('utf8'),
        };
      } catch (error) {
        return rethrow(request, what, error);
      }
    },
    async stream(request) {
      const { response, lift, what } = open(request, ([, streams]) => streams);
      try {
        const message = await response;
        lift();
        return message;
      } catch (error) {
        return rethrow(request, what, error);
      }
    },
    close() {
      closed = true;
      for (const request of underWay) request.destroy(new ConnectionError('ECANCELED', 'the client is closed'));
      if (agents) for (const agent of agents) agent.destroy();
    },
  };
}
