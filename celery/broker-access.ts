import { parseBrokerUrl } from './broker-url.ts';

/** One server. */
export interface Node {
  readonly host: string;
  readonly port: number;
}

/** Who connects. Secret: never to be logged. */
interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** How to reach a Redis, directly or through its sentinels. Holds credentials. */
export interface RedisAccess extends Credentials {
  readonly kind: 'redis' | 'sentinel';
  /** One for redis; the sentinels otherwise. */
  readonly nodes: readonly Node[];
  readonly database: number;
  readonly tls: boolean;
  /** ssl_cert_reqs=none in the URL: the certificate is not looked at. */
  readonly anyCertificate: boolean;
}

/** How to reach a RabbitMQ. Holds credentials. */
export interface AmqpAccess extends Required<Credentials> {
  readonly kind: 'amqp';
  readonly node: Node;
  readonly virtualHost: string;
  readonly tls: boolean;
}

export type BrokerAccess = RedisAccess | AmqpAccess;

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
const AMQP_PORT = 5672;
const AMQPS_PORT = 5671;

/**
 * Takes a broker URL apart for programs other than Celery, which do not read kombu's URLs.
 * Sources: kombu/transport/redis.py (`Channel._connparams`, `SentinelChannel._sentinel_managed_pool`), kombu/utils/url.py.
 * @returns undefined where the URL cannot be read from outside the worker: another transport, a socket, localhost, a reference $(NAME), or no URL at all.
 *   Of alternates the first is taken, except of Sentinel, whose URL lists its nodes so.
 */
export function brokerAccess(url: string): BrokerAccess | undefined {
  const parsed = parseBrokerUrl(url);
  if ('problem' in parsed || url.includes('$(') || parsed.scheme.includes('+') || parsed.host === undefined)
    return undefined;
  const [first = ''] = url.split(';');
  const secured = ['rediss', 'amqps'].includes(parsed.scheme);
  if (parsed.transport === 'amqp') {
    return local(parsed.host)
      ? undefined
      : {
          kind: 'amqp',
          node: { host: parsed.host, port: parsed.port ?? (secured ? AMQPS_PORT : AMQP_PORT) },
          virtualHost: parsed.virtualHost ?? '/',
          tls: secured,
          // RabbitMQ's and kombu's own default.
          username: 'guest',
          password: 'guest',
          ...credentials(first),
        };
  }
  if (parsed.transport !== 'redis' && parsed.transport !== 'sentinel') return undefined;
  const kind = parsed.transport;
  const members = kind === 'sentinel' ? [parsed, ...parsed.alternates] : [parsed];
  const nodes = members.flatMap(({ host, port }) =>
    host === undefined ? [] : [{ host, port: port ?? (kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT) }],
  );
  if (nodes.some(({ host }) => local(host))) return undefined;
  return {
    kind,
    nodes,
    database: parsed.database ?? 0,
    tls: secured,
    anyCertificate: /[?&]ssl_cert_reqs=(CERT_)?NONE(&|$)/i.test(first),
    ...credentials(first),
  };
}

/** The worker's own pod: nothing else reaches it. */
const local = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

function credentials(url: string): Credentials {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? '';
  const at = authority.lastIndexOf('@');
  if (at < 0) return {};
  const userInfo = authority.slice(0, at);
  const colon = userInfo.indexOf(':');
  const username = decoded(colon < 0 ? userInfo : userInfo.slice(0, colon));
  const password = colon < 0 ? '' : decoded(userInfo.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
