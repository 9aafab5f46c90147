import { closest } from '../schemas/unknown-fields.ts';
import { isCustomScheme, SCHEMES, transportOf } from './transports.ts';

/** One broker URL, read as kombu reads it. Holds no credential. */
export interface BrokerUrl {
  /** As written, without "://": redis, rediss, sqla+postgresql. */
  readonly scheme: string;
  /** kombu's transport: redis for redis:// and rediss://, amqp for pyamqp://, the part before "+" otherwise. */
  readonly transport: string;
  readonly host?: string;
  readonly port?: number;
  readonly hasUser: boolean;
  readonly hasPassword: boolean;
  /** True when the password stands in the URL as plain text, false where it is only $(NAME), which Kubernetes expands. */
  readonly plainPassword: boolean;
  /** RabbitMQ's virtual host, decoded; "/" where the URL names none. */
  readonly virtualHost?: string;
  /** Redis database; 0 where the URL names none. */
  readonly database?: number;
  /** Names of the query's parameters. */
  readonly parameters: readonly string[];
  /** Further URLs after ";", tried when the first fails. */
  readonly alternates: readonly BrokerUrl[];
}

/** Why a URL cannot be used. The texts hold scheme and host at most. */
export interface BrokerUrlProblem {
  readonly problem: string;
  readonly fix: string;
}

const NEEDS_HOST = new Set([
  'amqp',
  'redis',
  'sentinel',
  'mongodb',
  'qpid',
  'zookeeper',
  'consul',
  'etcd',
  'kafka',
  'pyro',
]);

/**
 * Reads a broker URL, or a list of alternates separated by ";", as kombu does (kombu/utils/url.py, kombu/connection.py).
 * $(NAME) is left to Kubernetes and counts as present.
 * @returns the first URL with its alternates, or the first problem; neither ever holds user, password or query values
 */
export function parseBrokerUrl(url: string): BrokerUrl | BrokerUrlProblem {
  const written = url.split(';');
  const parsed: BrokerUrl[] = [];
  // Looked at first: a ";" in a password breaks the first part too, and there the message would mislead.
  if (written.slice(1).some((part) => part.trim() !== '' && !/:\/\/|^\$\(/.test(part)))
    return {
      problem: 'has a part after ";" without a scheme',
      fix: 'write every alternate as a whole URL, or percent-encode a ";" in the password as %3B',
    };
  for (const [index, part] of written.entries()) {
    const one = parseOne(part, index);
    if ('problem' in one) return one;
    parsed.push(one);
  }
  const [first, ...alternates] = parsed;
  return first === undefined ? empty : { ...first, alternates };
}

const empty: BrokerUrlProblem = { problem: 'is empty', fix: 'write a URL such as redis://redis:6379/0' };

function parseOne(written: string, index: number): BrokerUrl | BrokerUrlProblem {
  if (written.trim() === '')
    return index === 0 ? empty : { problem: 'has an empty part after ";"', fix: 'remove the surplus ";"' };
  // A reference may stand for any part, also for a port: a digit is valid in each.
  const text = written.replaceAll(/\$\([A-Za-z_][A-Za-z0-9_.-]*\)/g, '1');
  if (text.startsWith('1') && written.startsWith('$('))
    return { ...nothing, scheme: '', transport: '', alternates: [] };
  const scheme = /^([A-Za-z][A-Za-z0-9+._-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined)
    return {
      problem: 'has no scheme, and kombu would take it for the host of a RabbitMQ',
      fix: 'write it as scheme://host, for example redis://redis:6379/0 or amqp://rabbitmq:5672//',
    };
  const transport = transportOf(scheme);
  if (transport === undefined) return unknownScheme(scheme);
  const rest = text.slice(scheme.length + 3);
  if (/\s/.test(rest)) return { problem: 'holds white space', fix: 'percent-encode it (a space is %20) or remove it' };
  return parseRest(scheme, transport, rest, written);
}

const nothing = { hasUser: false, hasPassword: false, plainPassword: false, parameters: [] } as const;

function parseRest(scheme: string, transport: string, rest: string, written: string): BrokerUrl | BrokerUrlProblem {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const after = rest.slice(authority.length);
  if (scheme.includes('+') || isCustomScheme(scheme) || !NEEDS_HOST.has(transport)) {
    const user = authority.includes('@');
    const hasPassword = user && authority.slice(0, authority.lastIndexOf('@')).includes(':');
    return {
      ...nothing,
      scheme,
      transport,
      hasUser: user,
      hasPassword,
      plainPassword: hasPassword && isPlain(written),
      alternates: [],
    };
  }
  if (!authority.includes('@') && after.includes('@') && /[/?#]/.test(after.slice(0, after.indexOf('@'))))
    return {
      problem: 'has "/", "?" or "#" in its user or password, where it ends the host',
      fix: 'percent-encode it: "/" is %2F, "?" is %3F, "#" is %23',
    };
  const at = authority.lastIndexOf('@');
  const place = hostAndPort(authority.slice(at + 1));
  if ('problem' in place) return place;
  if (place.host === '')
    return {
      problem: `names no host, which means localhost: nothing but the worker's own pod`,
      fix: `write ${scheme}://<host>, and localhost only where a sidecar is the broker`,
    };
  const userInfo = at === -1 ? '' : authority.slice(0, at);
  const hasPassword = userInfo.includes(':') && !userInfo.endsWith(':');
  const [path = '', query = ''] = (after.split('#')[0] ?? '').split('?', 2);
  const space = nameSpace(transport, decoded(path.replace(/^\//, '')));
  if ('problem' in space) return space;
  return {
    scheme,
    transport,
    host: place.host,
    ...(place.port === undefined ? {} : { port: place.port }),
    hasUser: userInfo !== '' && !userInfo.startsWith(':'),
    hasPassword,
    plainPassword: hasPassword && isPlain(written),
    ...space,
    parameters: query.split('&').flatMap((pair) => (pair === '' ? [] : [decoded(pair.split('=', 1)[0] ?? '')])),
    alternates: [],
  };
}

/** Whether the password is written out, not left to $(NAME). */
function isPlain(written: string): boolean {
  const userInfo = /:\/\/([^/?#]*)@/.exec(written)?.[1] ?? '';
  const password = userInfo.slice(userInfo.indexOf(':') + 1);
  return password.replaceAll(/\$\([A-Za-z_][A-Za-z0-9_.-]*\)/g, '') !== '';
}

function hostAndPort(text: string): { host: string; port?: number } | BrokerUrlProblem {
  const match = /^(\[[0-9A-Fa-f:.%]*\]|[^:[\]]*)(?::(.*))?$/s.exec(text);
  if (match === null)
    return {
      problem: 'has a host that cannot be read',
      fix: 'write an IPv6 address in brackets: redis://[fd00::1]:6379/0; percent-encode ":" and "@" in a password (%3A, %40)',
    };
  const host = decoded((match[1] ?? '').replace(/^\[(.*)\]$/, '$1')).toLowerCase();
  const port = match[2];
  if (port === undefined || port === '') return { host };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    return {
      problem: 'has a port that is not a number from 1 to 65535',
      fix: 'write host:port, an IPv6 address in brackets, and percent-encode ":" and "@" in a password (%3A, %40)',
    };
  return { host, port: Number(port) };
}

function nameSpace(transport: string, path: string): { virtualHost?: string; database?: number } | BrokerUrlProblem {
  if (transport === 'amqp') return { virtualHost: path === '' ? '/' : path };
  if (transport !== 'redis' && transport !== 'sentinel') return {};
  const database = path.replace(/^\//, '');
  if (database === '') return { database: 0 };
  if (!/^\d{1,9}$/.test(database))
    return {
      problem: 'names a Redis database that is not a number',
      fix: 'end the URL with the number of the database, for example redis://redis:6379/0',
    };
  return { database: Number(database) };
}

const INSTEAD: { readonly [scheme: string]: string } = {
  valkey: 'redis',
  valkeys: 'rediss',
  rabbitmq: 'amqp',
  'redis-sentinel': 'sentinel',
  postgres: 'sqla+postgresql',
  postgresql: 'sqla+postgresql',
  mysql: 'sqla+mysql',
  sqlite: 'sqla+sqlite',
  http: 'amqp',
  https: 'amqps',
};

function unknownScheme(scheme: string): BrokerUrlProblem {
  const meant = INSTEAD[scheme.toLowerCase()] ?? closest(scheme, SCHEMES);
  return {
    problem: `has the scheme ${scheme.slice(0, 40)}, which Celery's transport library does not know`,
    fix: meant === undefined ? 'use redis, rediss, amqp, amqps, sentinel or sqs' : `write ${meant}://`,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Python's unquote leaves a stray "%" as it is.
    return text;
  }
}

/**
 * Scheme and host of a broker URL for status, events and logs; with alternates separated by ";". Never a user, a password, a path or a query.
 * @param url any text
 */
export function redacted(url: string): string {
  const parsed = parseBrokerUrl(url);
  if ('problem' in parsed) return 'unreadable URL';
  return [parsed, ...parsed.alternates]
    .map((one) => `${one.scheme}://${one.host?.includes(':') ? `[${one.host}]` : (one.host ?? '')}`)
    .join(';')
    .slice(0, 512);
}
