import type { Secret } from 'kubernetes-types/core/v1.js';
import type { TriggerAuthentication } from '../application/autoscaling.ts';
import type { ChildObject } from '../application/child-object.ts';
import { ANNOTATIONS, LABELS, MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { CONFIG_MAPS, type Resource, SECRETS } from '../kubernetes/resources.ts';
import { ownedBy } from './child-index.ts';
import { type Candidate, garbage } from './garbage.ts';
import type { Observed } from './observe.ts';
import { isPaused } from './reconcile.ts';
import { templateOf } from './rollout.ts';

/** Removes ConfigMaps and Secrets of old revisions that nothing has used for an hour. */
export interface Sweeper {
  sweep(signal: AbortSignal): Promise<number>;
}

/**
 * Makes a sweeper; it remembers when it saw each object in use, so a restart only prolongs their lives.
 * @param now milliseconds since the epoch
 */
export function sweeper(client: KubernetesClient, observed: Observed, now: () => number): Sweeper {
  const lastUsed = new Map<string, number>();
  return {
    async sweep(signal) {
      let removed = 0;
      for (const application of observed.applications()) {
        if (signal.aborted) break;
        if (isPaused(application)) continue;
        const { namespace = '', name = '', uid = '' } = application.metadata;
        const key = `${namespace}/${name}`;
        const remove = async (
          resource: Resource,
          objects: readonly Owned[],
          referenced: ReadonlySet<string>,
        ): Promise<void> => {
          const mine = objects.filter((object) => ownedBy(object, uid));
          const candidates = mine.map((object) => candidate(object, referenced, lastUsed, now()));
          for (const gone of garbage(candidates, referenced, now())) {
            const target = mine.find((object) => object.metadata?.name === gone);
            await client.delete(resource, gone, { namespace, uid: target?.metadata?.uid });
            lastUsed.delete(target?.metadata?.uid ?? '');
            removed++;
          }
        };
        const configMaps = [...observed.configMaps.of(key).values()];
        await remove(CONFIG_MAPS, configMaps, referencedConfigMaps(key, application.status?.clientConfig, observed));
        const secrets = await client.list<Secret>(SECRETS, {
          namespace,
          labelSelector: `${LABELS.application}=${name},${LABELS.component}=broker,${LABELS.managedBy}=${MANAGER}`,
        });
        const inUse = [
          ...configMaps.flatMap((configMap) => configMap.secret ?? []),
          ...observed.objects(key).flatMap(secretsOf),
        ];
        await remove(SECRETS, secrets.items, new Set(inUse));
      }
      return removed;
    },
  };
}

/** Secrets that stand in no plan: a child's containers take a management URL from one, KEDA its credentials. */
function secretsOf(object: ChildObject): string[] {
  if (object.kind === 'TriggerAuthentication')
    return ((object as TriggerAuthentication).spec.secretTargetRef ?? []).map(({ name }) => name);
  const containers = templateOf(object)?.spec?.containers ?? [];
  return containers.flatMap(({ env }) => (env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []));
}

type Owned = Pick<Secret, 'metadata'>;

function candidate(
  object: Owned,
  referenced: ReadonlySet<string>,
  lastUsed: Map<string, number>,
  now: number,
): Candidate {
  const uid = object.metadata?.uid ?? '';
  const name = object.metadata?.name ?? '';
  if (referenced.has(name) || !lastUsed.has(uid)) lastUsed.set(uid, now);
  return { name, lastUsed: lastUsed.get(uid) ?? now };
}

function referencedConfigMaps(key: string, clientConfig: string | undefined, observed: Observed): Set<string> {
  const names = [
    clientConfig,
    ...observed.objects(key).map((object) => templateOf(object)?.metadata?.annotations?.[ANNOTATIONS.config]),
    ...[...observed.replicaSets.of(key).values()].map((replicaSet) => replicaSet.config),
    ...[...observed.pods.of(key).values()].flatMap((pod) => pod.configMaps),
  ];
  return new Set(names.filter((name) => name !== undefined));
}
