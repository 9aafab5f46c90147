import type { Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { AdmissionRequest, AdmissionResponse, Decision } from './admission.ts';
import { connectionAges, createGate } from './connections.ts';
import { budget } from './deadline.ts';
import { decode } from './decode.ts';
import { ERRORS, type ErrorEntry, WebhookError } from './errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { errored, httpError, review } from './respond.ts';

/**
 * An UPDATE carries the object twice, each at most etcd's request limit of about 1.5 MB, which the API server lets grow to 3 MB as JSON,
 * and 1 MB for the rest of the request: controller-runtime's reasoning (pkg/webhook/admission/http.go, maxRequestSize).
 */
export const BODY_LIMIT = 7 * 1024 * 1024;

/** What the server refuses beyond; the API server's client repeats a 429 by itself after Retry-After. */
export interface Limits {
  /** Requests at once. */
  readonly requests: number;
  /** Bytes of their bodies together. One request of any size always fits. */
  readonly bytes: number;
  /** Milliseconds for headers and body to arrive. */
  readonly arrival: number;
  /** Milliseconds after which a connection is asked to end, so that API servers spread over new replicas. */
  readonly connectionAge: number;
}

const LIMITS: Limits = { requests: 512, bytes: 32 * 1024 * 1024, arrival: 15_000, connectionAge: 10 * 60_000 };

export interface ServerOptions {
  readonly validate: Decision;
  readonly mutate: Decision;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly limits?: Partial<Limits>;
}

export interface AdmissionServer {
  readonly app: FastifyInstance;
  readonly tls: TlsServer;
  /** From now on asks every connection to end after its next answer. */
  drain(): void;
  /** Takes no further connections, answers what is under way, then ends all connections. */
  close(): Promise<void>;
}

/** Go's API server drops idle connections after 90 s. Ending them earlier from here would race with a request on its way. */
const KEEP_ALIVE = 120_000;

/**
 * The admission server: POST /validate and POST /mutate over TLS. Has no certificate until `tls.setSecureContext` is called.
 * Every AdmissionReview with a uid gets an AdmissionReview with that uid, in time; everything else a metav1.Status.
 */
export function createAdmissionServer(options: ServerOptions): AdmissionServer {
  const { metrics, log } = options;
  const limits = { ...LIMITS, ...options.limits };
  let draining = false;
  const { app, tls } = createApp(limits);
  const gate = createGate({ ...limits, largest: BODY_LIMIT }, (requests) => metrics.inFlight.set(requests));
  const isOld = connectionAges(tls, limits.connectionAge);

  app.addHook('onRequest', async (request, reply) => {
    if (draining || isOld(request.raw.socket as TLSSocket)) reply.header('connection', 'close');
    if (!gate.admit(request.raw, reply.raw)) throw new WebhookError(ERRORS.busy);
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('application/json').send(httpError(ERRORS.notFound));
  });
  app.setErrorHandler((error: FastifyError | WebhookError, request, reply) => {
    const entry = entryOf(error);
    log.warn({ path: request.url.slice(0, 64), code: entry.code, status: entry.status }, 'request refused');
    if (entry === ERRORS.busy) reply.header('retry-after', '1');
    reply
      .code(entry.status)
      .type('application/json')
      .send(httpError(entry, error instanceof WebhookError ? error.message : entry.message));
  });

  const route = (path: string, decide: Decision): void => {
    app.post(path, { bodyLimit: BODY_LIMIT }, async (request: FastifyRequest, reply) => {
      const response = await answer(request, decide, options, path);
      return reply.type('application/json').send(review(response));
    });
  };
  route('/validate', options.validate);
  route('/mutate', options.mutate);
  return {
    app,
    tls,
    drain() {
      draining = true;
    },
    async close() {
      draining = true;
      const closed = app.close(); // no new connections
      await gate.empty(limits.arrival);
      // Node ends idle connections by itself, but not those that never carried a request, which Go likes to keep for 90 s.
      tls.closeAllConnections();
      await closed;
    },
  };
}

function createApp(limits: Limits): { app: FastifyInstance; tls: TlsServer } {
  let tls: TlsServer | undefined;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    serverFactory: (handler): Server => {
      tls = createServer(
        {
          minVersion: 'TLSv1.2',
          requestTimeout: limits.arrival,
          headersTimeout: limits.arrival,
          keepAliveTimeout: KEEP_ALIVE,
          handshakeTimeout: limits.arrival,
          connectionsCheckingInterval: Math.min(limits.arrival, 5000),
        },
        handler,
      );
      return tls as unknown as Server;
    },
  });
  if (tls === undefined) throw new Error('fastify made no server');
  // Fastify's own JSON parser refuses __proto__ and constructor, and accepts text/plain.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return { app, tls };
}

async function answer(
  request: FastifyRequest,
  decide: Decision,
  { metrics, log }: ServerOptions,
  path: string,
): Promise<AdmissionResponse> {
  const started = performance.now();
  let admission: AdmissionRequest | undefined;
  let response: AdmissionResponse;
  try {
    if (typeof request.body !== 'string') throw new WebhookError(ERRORS.notJson);
    admission = decode(request.body);
    const timeout = (request.query as { readonly timeout?: unknown }).timeout;
    response = await inTime(admission, decide, budget(timeout));
  } catch (error) {
    const uid = error instanceof WebhookError ? (error.uid ?? admission?.uid) : admission?.uid;
    if (uid === undefined) throw error;
    response = errored(uid, error);
    if (!(error instanceof WebhookError))
      log.error({ ...about(admission), fault: faultOf(error) }, 'the webhook failed on an object');
  }
  const seconds = (performance.now() - started) / 1000;
  metrics.duration.observe({ path }, seconds);
  const code = response.status?.code ?? 200;
  metrics.requests.inc({
    path,
    operation: admission?.operation ?? '',
    allowed: String(response.allowed),
    code: String(code),
  });
  if (!response.allowed)
    log.info(
      {
        ...about(admission),
        path,
        code,
        seconds,
        causes: response.status?.details?.causes?.map((cause) => cause.reason),
      },
      'denied',
    );
  return response;
}

/** Runs a decision against the clock. A synchronous one, which is the usual one, costs no timer. */
async function inTime(request: AdmissionRequest, decide: Decision, milliseconds: number): Promise<AdmissionResponse> {
  const controller = new AbortController();
  const decision = decide(request, { signal: controller.signal, budget: milliseconds });
  if (!(decision instanceof Promise)) return decision;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      // A decision that ends on the signal has a better sentence: give it the turn it needs.
      setTimeout(() => reject(new WebhookError(ERRORS.deadline, undefined, request.uid)), 50);
    }, milliseconds);
  });
  try {
    return await Promise.race([decision, late]);
  } finally {
    clearTimeout(timer);
  }
}

function entryOf(error: FastifyError | WebhookError): ErrorEntry {
  if (error instanceof WebhookError) return error.entry;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return ERRORS.tooLarge;
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return ERRORS.contentType;
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500 ? ERRORS.badRequest : ERRORS.internal;
}

/** What a log line may say of a request: never the object. */
function about(request: AdmissionRequest | undefined): object {
  if (request === undefined) return {};
  const { uid, kind, namespace, name, operation } = request;
  return { uid, kind: kind.kind, namespace, objectName: name, operation };
}

/** Where an unexpected error came from. Its message is left out: it may quote the object. */
function faultOf(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, at: frames.slice(0, 8).map((line) => line.trim()) };
}
