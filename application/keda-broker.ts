import { type BrokerAccess, brokerAccess, type RedisAccess } from '../celery/broker-access.ts';
import type { Settings } from '../celery/config-file.ts';
import { redisKeys, redisLists } from '../celery/redis-lists.ts';

/** What KEDA needs to read one broker. Free of credentials: those are named by their keys in the operator's Secret. */
export interface KedaBroker {
  readonly type: 'redis' | 'redis-sentinel' | 'rabbitmq';
  /** The same for every queue. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Parameter of KEDA's TriggerAuthentication → key of the Secret. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Keys of the operator's Secret beside the URLs. */
export const KEDA_KEYS = {
  redisUsername: 'redis-username',
  redisPassword: 'redis-password',
  sentinelUsername: 'sentinel-username',
  sentinelPassword: 'sentinel-password',
  rabbitmqHost: 'rabbitmq-host',
} as const;

/** Both halves of what KEDA needs; the second is secret. */
interface Split {
  readonly broker: KedaBroker;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * What KEDA needs to read the broker, without its credentials.
 * @param url the broker's URL, whatever it came from
 * @param settings of the application: TLS and Sentinel are set there
 * @param namespace of the application: KEDA runs in another, where a short host name would mean something else
 * @returns undefined where KEDA cannot read this broker
 */
export function kedaBroker(url: string, settings: Settings, namespace: string): KedaBroker | undefined {
  return split(url, settings, namespace)?.broker;
}

/** The credentials that go with kedaBroker, by key of the operator's Secret; empty where there are none. */
export function kedaSecrets(url: string, settings: Settings, namespace: string): Readonly<Record<string, string>> {
  return split(url, settings, namespace)?.secrets ?? {};
}

function split(url: string, settings: Settings, namespace: string): Split | undefined {
  const access = brokerAccess(url);
  if (access === undefined) return undefined;
  return access.kind === 'amqp' ? rabbitmq(access, namespace) : redis(access, settings, namespace);
}

function redis(access: RedisAccess, settings: Settings, namespace: string): Split | undefined {
  const options = fields(settings.broker_transport_options);
  const master = options.master_name;
  if (access.kind === 'sentinel' && (typeof master !== 'string' || master === '')) return undefined;
  const ssl = settings.broker_use_ssl;
  const tls = access.tls || ssl === true || (ssl !== null && typeof ssl === 'object');
  const anyCertificate = access.anyCertificate || /^(cert_)?none$/i.test(String(fields(ssl).ssl_cert_reqs ?? ''));
  const sentinel = fields(options.sentinel_kwargs);
  const { metadata, parameters, secrets } = {
    metadata: {
      [access.kind === 'redis' ? 'address' : 'addresses']: access.nodes
        .map(({ host, port }) => hostAndPort(host, port, namespace))
        .join(','),
      ...(access.kind === 'sentinel' ? { sentinelMaster: String(master) } : {}),
      databaseIndex: String(access.database),
      ...(tls ? { enableTLS: 'true' } : {}),
      ...(tls && anyCertificate ? { unsafeSsl: 'true' } : {}),
    },
    ...secretParts([
      ['username', KEDA_KEYS.redisUsername, access.username],
      ['password', KEDA_KEYS.redisPassword, access.password],
      ...(access.kind === 'sentinel'
        ? ([
            ['sentinelUsername', KEDA_KEYS.sentinelUsername, sentinel.username],
            ['sentinelPassword', KEDA_KEYS.sentinelPassword, sentinel.password],
          ] as const)
        : []),
    ]),
  };
  return {
    broker: { type: access.kind === 'redis' ? 'redis' : 'redis-sentinel', metadata, parameters },
    secrets,
  };
}

function rabbitmq(access: Extract<BrokerAccess, { kind: 'amqp' }>, namespace: string): Split {
  const user = `${encodeURIComponent(access.username)}:${encodeURIComponent(access.password)}`;
  const place = hostAndPort(access.node.host, access.node.port, namespace);
  return {
    broker: {
      type: 'rabbitmq',
      metadata: { protocol: 'amqp', mode: 'QueueLength' },
      parameters: { host: KEDA_KEYS.rabbitmqHost },
    },
    secrets: {
      [KEDA_KEYS.rabbitmqHost]: `${access.tls ? 'amqps' : 'amqp'}://${user}@${place}/${encodeURIComponent(access.virtualHost)}`,
    },
  };
}

function secretParts(parts: readonly (readonly [parameter: string, key: string, value: unknown])[]): {
  parameters: Record<string, string>;
  secrets: Record<string, string>;
} {
  const given = parts.filter(([, , value]) => typeof value === 'string' && value !== '');
  return {
    parameters: Object.fromEntries(given.map(([parameter, key]) => [parameter, key])),
    secrets: Object.fromEntries(given.map(([, key, value]) => [key, String(value)])),
  };
}

/** A name without a dot is a Service beside the application's pods; KEDA looks from its own namespace. */
function hostAndPort(host: string, port: number, namespace: string): string {
  if (host.includes(':')) return `[${host}]:${port}`;
  return `${host.includes('.') ? host : `${host}.${namespace}.svc`}:${port}`;
}

/** The triggers' own part for each queue: one entry a list that KEDA has to read. */
export function queueMetadata(
  broker: KedaBroker,
  queues: readonly string[],
  settings: Settings,
  target: number,
): Readonly<Record<string, string>>[] {
  if (broker.type === 'rabbitmq') return queues.map((queueName) => ({ queueName, value: String(target) }));
  const keys = redisKeys(settings.broker_transport_options);
  return queues.flatMap((queue) =>
    redisLists(queue, keys).map((listName) => ({ listName, listLength: String(target) })),
  );
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
