import type { ConfigMap, Secret } from 'kubernetes-types/core/v1.js';
import { childLabels, LABELS, MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isAlreadyExists, isConflict } from '../kubernetes/errors.ts';
import { CONFIG_MAPS, SECRETS } from '../kubernetes/resources.ts';

/** `databases` of the bundled Redis (chart/charts/broker). */
export const DATABASES = 4096;

/** Where the bundled broker and the registry of its databases are found. */
export interface BundledBroker {
  readonly namespace: string;
  /** Secret of the broker subchart: keys type, host, port, password. */
  readonly secret: string;
  /** ConfigMap of ours: "<namespace>.<application>" → database number. */
  readonly registry: string;
}

/**
 * The application's URL of the bundled broker. Every application has a database of its own, kept under its name for good:
 * one that is deleted and comes back finds its waiting tasks, and nobody else ever does.
 * @returns undefined where no bundled broker is installed
 * @throws Error when all databases are given away, ApiError on API trouble
 */
export async function bundledUrl(
  client: KubernetesClient,
  broker: BundledBroker,
  application: { readonly namespace: string; readonly name: string },
): Promise<string | undefined> {
  if (broker.secret === '') return undefined;
  const secret = await client.get<Secret>(SECRETS, broker.secret, broker.namespace);
  if (secret === undefined) return undefined;
  const read = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  const database = await databaseOf(client, broker, `${application.namespace}.${application.name}`);
  return `redis://:${encodeURIComponent(read('password'))}@${read('host')}:${read('port')}/${database}`;
}

async function databaseOf(client: KubernetesClient, broker: BundledBroker, key: string): Promise<number> {
  for (;;) {
    const registry = await client.get<ConfigMap>(CONFIG_MAPS, broker.registry, broker.namespace);
    const known = registry?.data?.[key];
    if (known !== undefined) return Number(known);
    const database = nextDatabase(registry?.data ?? {});
    try {
      await write(client, broker, registry, key, database);
      return database;
    } catch (error) {
      // Another application was faster: read again.
      if (!isConflict(error) && !isAlreadyExists(error)) throw error;
    }
  }
}

async function write(
  client: KubernetesClient,
  broker: BundledBroker,
  registry: ConfigMap | undefined,
  key: string,
  database: number,
): Promise<void> {
  if (registry === undefined) {
    const labels = {
      [LABELS.managedBy]: MANAGER,
      [LABELS.component]: childLabels('', 'broker')[LABELS.component] ?? '',
    };
    const fresh: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: broker.registry, namespace: broker.namespace, labels },
      data: { [key]: String(database) },
    };
    await client.create(CONFIG_MAPS, fresh, { namespace: broker.namespace });
    return;
  }
  // The resourceVersion makes two writers collide instead of giving one database away twice.
  const merge = {
    metadata: { resourceVersion: registry.metadata?.resourceVersion },
    data: { [key]: String(database) },
  };
  await client.patch(CONFIG_MAPS, broker.registry, merge, { namespace: broker.namespace, type: 'merge' });
}

/** The lowest database above all that were ever given away. Pure. */
export function nextDatabase(registry: Readonly<Record<string, string>>): number {
  const next = Math.max(-1, ...Object.values(registry).map(Number).filter(Number.isInteger)) + 1;
  if (next >= DATABASES) {
    throw new Error(
      `all ${DATABASES} databases of the bundled broker are given away; remove entries of deleted applications from its registry ConfigMap, or use a broker of your own`,
    );
  }
  return next;
}
