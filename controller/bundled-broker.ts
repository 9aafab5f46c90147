import type { Secret } from 'kubernetes-types/core/v1.js';
import { amqpUrl, ensureVirtualHost } from '../brokers/rabbitmq.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import { databaseOf } from './redis-databases.ts';

/** Where the bundled broker and the registry of its databases are found. */
export interface BundledBroker {
  readonly namespace: string;
  /** Secret of the broker subchart: keys type, host, port, password; of RabbitMQ also username and managementUrl. */
  readonly secret: string;
  /** ConfigMap of ours: "<namespace>.<application>" → database number of Redis. */
  readonly registry: string;
}

/** What an application is told of the bundled broker. All of it is secret. */
export interface BundledUrls {
  readonly broker: string;
  readonly resultBackend: string;
  /** RabbitMQ's HTTP API with credentials: http://user:password@host:15672. */
  readonly management?: string;
}

/**
 * The application's own part of the bundled broker: a database of Redis, or a virtual host of RabbitMQ, which is made where it is missing.
 * Both belong to the application's name for good: one that is deleted and comes back finds its waiting tasks, and nobody else ever does.
 * @returns undefined where no bundled broker is installed
 * @throws RabbitmqError when RabbitMQ does not do it, Error when all databases are given away, ApiError on API trouble
 */
export async function bundledUrls(
  client: KubernetesClient,
  broker: BundledBroker,
  application: { readonly namespace: string; readonly name: string },
): Promise<BundledUrls | undefined> {
  if (broker.secret === '') return undefined;
  const secret = await client.get<Secret>(SECRETS, broker.secret, broker.namespace);
  if (secret === undefined) return undefined;
  const read = (key: string): string =>
    Buffer.from(secret.data?.[key] ?? '', 'base64')
      .toString('utf8')
      .trim();
  // Neither a namespace nor an application's name holds a dot, so no two applications share a key.
  const key = `${application.namespace}.${application.name}`;
  if (read('type') === 'rabbitmq') return virtualHost(read, key);
  const database = await databaseOf(client, broker, key);
  const url = `redis://:${encodeURIComponent(read('password'))}@${read('host')}:${read('port')}/${database}`;
  return { broker: url, resultBackend: url };
}

/** Asked for each time: a RabbitMQ without a volume forgets its virtual hosts when its pod goes. */
async function virtualHost(read: (key: string) => string, name: string): Promise<BundledUrls> {
  const [host, port, username, password] = [read('host'), read('port'), read('username'), read('password')];
  const url = read('managementUrl');
  await ensureVirtualHost({ url, username, password }, name);
  const management = new URL(url);
  management.username = encodeURIComponent(username);
  management.password = encodeURIComponent(password);
  return {
    broker: amqpUrl({ host, port, username, password, virtualHost: name }),
    // Results go back to whoever asked, over the same broker: https://docs.celeryq.dev/en/stable/userguide/tasks.html#rpc-result-backend-rabbitmq-qpid
    resultBackend: 'rpc://',
    management: management.href.replace(/\/$/, ''),
  };
}
