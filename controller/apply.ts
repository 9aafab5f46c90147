import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import type { CeleryApplication } from '../application/celery-application.ts';
import type { ChildObject } from '../application/child-object.ts';
import { MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kubernetes/errors.ts';
import type { EventRecorder } from '../kubernetes/events.ts';
import { apiVersionOf, CONFIG_MAPS } from '../kubernetes/resources.ts';
import { ownedBy } from './child-index.ts';
import type { ChildKind } from './child-kinds.ts';
import type { Action } from './plan.ts';
import { EVENTS } from './reasons.ts';
import { releaseReplicas } from './release-replicas.ts';
import { replicasOf } from './rollout.ts';

/** A child's name is taken by an object of somebody else. The message says which and what to do. */
export class NameConflict extends Error {
  override name = 'NameConflict';
  constructor(kind: string, name: string) {
    super(
      `${kind} "${name}" exists and does not belong to this application; rename or delete it, or give the application another name`,
    );
  }
}

/** The cluster lacks a kind that the application asks for. Everything else of it was written. */
export class KindMissing extends Error {
  override name = 'KindMissing';
  constructor(kinds: readonly ChildKind[]) {
    const names = kinds.map(({ resource }) => `${resource.kind} (${apiVersionOf(resource)})`);
    super(`this cluster has no ${[...new Set(names)].join(' and no ')}; install what brings it, or do not ask for it`);
  }
}

interface Context {
  readonly client: KubernetesClient;
  readonly events: EventRecorder;
  readonly held: () => boolean;
}

/**
 * Carries actions out one after the other.
 * @param onApplied told each object as the API server answered: newer than any cache
 * @throws NameConflict when an object with the name exists and is not ours; KindMissing, after all others, when the cluster lacks an optional kind; ApiError otherwise. What was done until then stays, and the next reconcile goes on from there.
 */
export async function execute(
  actions: readonly Action[],
  application: CeleryApplication,
  context: Context,
  onApplied: (object: ChildObject) => void,
): Promise<void> {
  const namespace = application.metadata.namespace ?? '';
  const uid = application.metadata.uid ?? '';
  const missing: ChildKind[] = [];
  for (const action of actions) {
    if (!context.held()) throw new Error('this replica leads no longer: the next leader goes on');
    switch (action.do) {
      case 'create-config-map':
        await createConfigMap(action.object, namespace, uid, context);
        break;
      case 'apply': {
        const applied = await applyObject(action, uid, context);
        if (applied === undefined) {
          missing.push(action.kind);
          break;
        }
        onApplied(applied);
        const what = `${action.event} ${action.object.kind} ${action.object.metadata?.name}`;
        context.events.event(application, 'Normal', EVENTS[lower(action.event)], `${what}: ${action.why}`);
        break;
      }
      case 'delete': {
        const { resource } = action.kind;
        const options = { namespace, uid: action.uid, propagationPolicy: 'Background' } as const;
        if (await context.client.delete(resource, action.name, options)) {
          const what = `Deleted ${resource.kind} ${action.name}`;
          context.events.event(application, 'Normal', EVENTS.deleted, `${what}: ${action.why}`);
        }
        break;
      }
    }
  }
  if (missing.length > 0) throw new KindMissing(missing);
}

async function createConfigMap(object: ConfigMap, namespace: string, owner: string, context: Context): Promise<void> {
  try {
    await context.client.create(CONFIG_MAPS, object, { namespace, fieldManager: MANAGER });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const name = object.metadata?.name ?? '';
    const existing = await context.client.get<ConfigMap>(CONFIG_MAPS, name, namespace);
    // Its name is a digest of its content, so one of ours is the right one; the cache only has not seen it yet.
    if (existing !== undefined && !ownedBy(existing, owner)) throw new NameConflict('ConfigMap', name);
  }
}

/**
 * Server-side apply. What was seen is bound by its uid; what was not seen is applied without force, so that a foreign object of that name
 * conflicts instead of being taken over. (A plain create would leave its fields owned by an "Update" that later applies could never remove.)
 * @returns undefined: the cluster lacks this optional kind
 */
async function applyObject(
  { kind, object, uid: seen }: Extract<Action, { do: 'apply' }>,
  owner: string,
  context: Context,
): Promise<ChildObject | undefined> {
  const { name = '', namespace = '' } = object.metadata ?? {};
  const write = async (uid: string | undefined): Promise<ChildObject | undefined> => {
    if (uid !== undefined && object.kind === 'Deployment' && replicasOf(object) === undefined)
      await releaseReplicas(context.client, object, uid);
    const bound = uid === undefined ? object : { ...object, metadata: { ...object.metadata, uid } };
    try {
      return await context.client.apply(kind.resource, bound, { fieldManager: MANAGER, force: uid !== undefined });
    } catch (error) {
      if (kind.optional && isNotFound(error)) return undefined;
      throw error;
    }
  };
  if (seen !== undefined) return write(seen);
  const existing = await context.client.get<ChildObject>(kind.resource, name, namespace);
  if (existing !== undefined && !ownedBy(existing, owner)) throw new NameConflict(kind.resource.kind, name);
  try {
    return await write(existing?.metadata?.uid);
  } catch (error) {
    if (existing === undefined && isConflict(error)) throw new NameConflict(kind.resource.kind, name);
    throw error;
  }
}

const lower = (event: 'Created' | 'Updated' | 'Repaired'): 'created' | 'updated' | 'repaired' =>
  event === 'Created' ? 'created' : event === 'Updated' ? 'updated' : 'repaired';
