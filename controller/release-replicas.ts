import type { ChildObject } from '../application/child-object.ts';
import { MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isConflict } from '../kubernetes/errors.ts';
import { DEPLOYMENTS } from '../kubernetes/resources.ts';
import { HANDOVER_MANAGER, wouldDropReplicas } from './handover.ts';
import { replicasOf } from './rollout.ts';

/** Somebody else may write between our read and our write; each time it is read anew. */
const ATTEMPTS = 5;

/**
 * Makes sure that a Deployment keeps its number of pods when it is applied without one: a second field manager takes the
 * present number over first. Does nothing where somebody else owns it already, or where there is no such Deployment.
 * @param uid of the Deployment that is meant
 * @throws ApiError when it was changed at every attempt
 */
export async function releaseReplicas(client: KubernetesClient, { metadata }: ChildObject, uid: string): Promise<void> {
  const { name = '', namespace = '' } = metadata ?? {};
  for (let attempt = 1; ; attempt++) {
    const live = await client.get<ChildObject>(DEPLOYMENTS, name, namespace);
    const replicas = replicasOf(live);
    if (live === undefined || live.metadata?.uid !== uid || replicas === undefined) return;
    if (!wouldDropReplicas(live, MANAGER)) return;
    const { resourceVersion } = live.metadata;
    try {
      await client.apply<ChildObject>(
        DEPLOYMENTS,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name, namespace, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
          spec: { replicas },
        },
        { fieldManager: HANDOVER_MANAGER },
      );
      return;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}
