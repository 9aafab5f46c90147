import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Where RabbitMQ's HTTP API answers (management plugin), and as whom to ask. */
export interface Management {
  /** http://host:15672, without credentials; a path before /api is kept. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** One request to the HTTP API, as data. */
export interface ManagementRequest {
  readonly method: 'GET' | 'PUT';
  /** Below the management URL, percent-encoded. */
  readonly path: string;
  readonly body?: object;
}

/** RabbitMQ could not do what was asked. The message names host and cause, never a credential. */
export class RabbitmqError extends Error {
  override name = 'RabbitmqError';
  /** HTTP status; undefined where there was no answer at all. */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/**
 * The requests that make a virtual host and let a user do everything in it. Both may be repeated: RabbitMQ answers 201 to the first and 204 to later ones.
 * Source: https://rawcdn.githack.com/rabbitmq/rabbitmq-server/v3.10.8/deps/rabbitmq_management/priv/www/api/index.html
 */
export function virtualHostRequests(virtualHost: string, username: string): readonly ManagementRequest[] {
  const name = encodeURIComponent(virtualHost);
  return [
    { method: 'PUT', path: `/api/vhosts/${name}`, body: {} },
    {
      method: 'PUT',
      path: `/api/permissions/${name}/${encodeURIComponent(username)}`,
      body: { configure: '.*', write: '.*', read: '.*' },
    },
  ];
}

/** AMQP URL of a virtual host, with what is special in a URL percent-encoded. */
export function amqpUrl(broker: {
  readonly host: string;
  readonly port: string;
  readonly username: string;
  readonly password: string;
  readonly virtualHost: string;
}): string {
  const encode = encodeURIComponent;
  return `amqp://${encode(broker.username)}:${encode(broker.password)}@${broker.host}:${broker.port}/${encode(broker.virtualHost)}`;
}

/** A server that does not answer must not hold up the applications that wait behind it. */
const TIMEOUT_MILLISECONDS = 5_000;
/** Answers that are read are small; more than this is not RabbitMQ. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Sends one request.
 * @param timeoutMilliseconds for the whole exchange
 * @returns the body as JSON, undefined where it is empty
 * @throws RabbitmqError on any status but 2xx, on a silent or missing server, and on an unusable URL
 */
export async function send(
  management: Management,
  asked: ManagementRequest,
  timeoutMilliseconds = TIMEOUT_MILLISECONDS,
): Promise<unknown> {
  const base = baseUrl(management.url);
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const authorization = `Basic ${Buffer.from(`${management.username}:${management.password}`).toString('base64')}`;
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const open = base.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(
      {
        hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: base.port,
        // As text: a URL object would turn the "%2F" of a virtual host back where it normalises.
        path: `${base.pathname.replace(/\/$/, '')}${asked.path}`,
        method: asked.method,
        agent: false,
        headers: {
          authorization,
          accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
        signal: AbortSignal.timeout(timeoutMilliseconds),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) request.destroy(new Error('the answer is too long'));
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on('error', reject);
    request.end(body);
  }).catch((error: Error & { code?: string }) => {
    throw new RabbitmqError(`RabbitMQ at ${base.host} does not answer: ${cause(error, timeoutMilliseconds)}`);
  });
  if (status < 200 || status > 299) throw new RabbitmqError(refusal(base.host, status, asked), status);
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new RabbitmqError(`${base.host} answers, but not as RabbitMQ's HTTP API does`, status);
  }
}

/**
 * Makes sure that a virtual host exists and that the asking user may do everything in it.
 * @throws RabbitmqError
 */
export async function ensureVirtualHost(management: Management, virtualHost: string): Promise<void> {
  for (const request of virtualHostRequests(virtualHost, management.username)) await send(management, request);
}

function baseUrl(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base === undefined || (base.protocol !== 'http:' && base.protocol !== 'https:'))
    throw new RabbitmqError("the management URL is not one: write http://host:15672, RabbitMQ's HTTP API");
  return base;
}

function cause(error: Error & { code?: string }, timeoutMilliseconds: number): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${timeoutMilliseconds} ms`;
  return error.code ?? error.message;
}

function refusal(host: string, status: number, asked: ManagementRequest): string {
  const where = `RabbitMQ at ${host} answers ${status} to ${asked.method} ${asked.path}`;
  if (status === 401) return `${where}: user or password are wrong, or the user lacks the tag "administrator"`;
  if (status === 403) return `${where}: the user lacks the tag "administrator"`;
  if (status === 404) return `${where}: the management plugin is not enabled there, or the path is wrong`;
  return where;
}
