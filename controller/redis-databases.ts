import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import { childLabels, LABELS, MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isAlreadyExists, isConflict } from '../kubernetes/errors.ts';
import { CONFIG_MAPS } from '../kubernetes/resources.ts';

/** `databases` of the bundled Redis (chart/charts/broker). */
export const DATABASES = 4096;

/** The ConfigMap that remembers which application has which database: "<namespace>.<application>" → number. */
export interface DatabaseRegistry {
  readonly namespace: string;
  readonly registry: string;
}

/**
 * The database of an application, given away at its first call and kept under its name for good.
 * @param key "<namespace>.<application>"
 * @throws Error when all databases are given away, ApiError on API trouble
 */
export async function databaseOf(client: KubernetesClient, broker: DatabaseRegistry, key: string): Promise<number> {
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
  broker: DatabaseRegistry,
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
