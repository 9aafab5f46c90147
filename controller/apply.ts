import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import type { CeleryApplication } from '../application/celery-application.ts';
import { MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isAlreadyExists, isConflict } from '../kubernetes/errors.ts';
import type { EventRecorder } from '../kubernetes/events.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../kubernetes/resources.ts';
import { ownedBy } from './child-index.ts';
import type { Action } from './plan.ts';
import { EVENTS } from './reasons.ts';

/** A child's name is taken by an object of somebody else. The message says which and what to do. */
export class NameConflict extends Error {
  override name = 'NameConflict';
  constructor(kind: string, name: string) {
    super(
      `${kind} "${name}" exists and does not belong to this application; rename or delete it, or give the application another name`,
    );
  }
}

interface Context {
  readonly client: KubernetesClient;
  readonly events: EventRecorder;
  readonly held: () => boolean;
}

/**
 * Carries actions out one after the other.
 * @returns the Deployments as the API server answered: newer than any cache
 * @throws NameConflict when an object with the name exists and is not ours; ApiError otherwise. What was done until then stays, and the next reconcile goes on from there.
 */
export async function execute(
  actions: readonly Action[],
  application: CeleryApplication,
  context: Context,
): Promise<Deployment[]> {
  const applied: Deployment[] = [];
  const namespace = application.metadata.namespace ?? '';
  const uid = application.metadata.uid ?? '';
  for (const action of actions) {
    if (!context.held()) throw new Error('this replica leads no longer: the next leader goes on');
    switch (action.do) {
      case 'create-config-map':
        await createConfigMap(action.object, namespace, uid, context);
        break;
      case 'apply-deployment': {
        applied.push(await applyDeployment(action.object, action.uid, uid, context));
        context.events.event(
          application,
          'Normal',
          EVENTS[lower(action.event)],
          `${action.event} Deployment ${action.object.metadata?.name}: ${action.why}`,
        );
        break;
      }
      case 'delete-deployment':
        if (
          await context.client.delete(DEPLOYMENTS, action.name, {
            namespace,
            uid: action.uid,
            propagationPolicy: 'Background',
          })
        ) {
          context.events.event(
            application,
            'Normal',
            EVENTS.deleted,
            `Deleted Deployment ${action.name}: ${action.why}`,
          );
        }
        break;
    }
  }
  return applied;
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
 */
async function applyDeployment(
  object: Deployment,
  seen: string | undefined,
  owner: string,
  context: Context,
): Promise<Deployment> {
  const name = object.metadata?.name ?? '';
  const namespace = object.metadata?.namespace ?? '';
  const write = (uid: string | undefined): Promise<Deployment> =>
    context.client.apply(
      DEPLOYMENTS,
      uid === undefined ? object : { ...object, metadata: { ...object.metadata, uid } },
      { fieldManager: MANAGER, force: uid !== undefined },
    );
  if (seen !== undefined) {
    return write(seen);
  }
  const existing = await context.client.get<Deployment>(DEPLOYMENTS, name, namespace);
  if (existing !== undefined && !ownedBy(existing, owner)) throw new NameConflict('Deployment', name);
  try {
    return await write(existing?.metadata?.uid);
  } catch (error) {
    if (existing === undefined && isConflict(error)) throw new NameConflict('Deployment', name);
    throw error;
  }
}

const lower = (event: 'Created' | 'Updated' | 'Repaired'): 'created' | 'updated' | 'repaired' =>
  event === 'Created' ? 'created' : event === 'Updated' ? 'updated' : 'repaired';
