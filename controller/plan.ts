import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import type { Children } from '../application/children.ts';
import { ANNOTATIONS, digest } from '../application/names.ts';
import { contains } from '../kubernetes/server-side-apply.ts';

/** One write, with the reason a person will read in the event and the log. */
export type Action =
  | { readonly do: 'create-config-map'; readonly object: ConfigMap; readonly why: string }
  | {
      readonly do: 'apply-deployment';
      readonly object: Deployment;
      /** Absent: no such object was seen, so nothing may be taken over by force. */
      readonly uid?: string;
      readonly event: 'Created' | 'Updated' | 'Repaired';
      readonly why: string;
    }
  | { readonly do: 'delete-deployment'; readonly name: string; readonly uid: string; readonly why: string };

/** What was seen of an application's children, by name. Only objects that the application owns. */
export interface ObservedChildren {
  readonly configMaps: ReadonlyMap<string, { readonly metadata?: ObjectMeta }>;
  readonly deployments: ReadonlyMap<string, Deployment>;
}

/**
 * Compares what should be with what is. Pure.
 * @param desired from application/children
 * @param observed owned objects only: what is not in here and exists all the same is somebody else's
 * @returns the writes in the order in which they must happen: settings before the pods that mount them, removals last
 */
export function plan(desired: Children, observed: ObservedChildren): Action[] {
  const wanted = new Set(desired.deployments.map((deployment) => deployment.metadata?.name ?? ''));
  return [
    ...desired.configMaps
      .filter((configMap) => !observed.configMaps.has(configMap.metadata?.name ?? ''))
      .map((object): Action => ({ do: 'create-config-map', object, why: 'no ConfigMap holds these settings yet' })),
    ...desired.deployments.flatMap((deployment) => planDeployment(deployment, observed.deployments)),
    ...[...observed.deployments.values()]
      .filter(
        (deployment) =>
          !wanted.has(deployment.metadata?.name ?? '') && deployment.metadata?.deletionTimestamp === undefined,
      )
      .map(
        (deployment): Action => ({
          do: 'delete-deployment',
          name: deployment.metadata?.name ?? '',
          uid: deployment.metadata?.uid ?? '',
          why: 'its pool is gone from the specification',
        }),
      ),
  ];
}

function planDeployment(deployment: Deployment, observed: ReadonlyMap<string, Deployment>): Action[] {
  const applied = digest(deployment);
  const object: Deployment = {
    ...deployment,
    metadata: {
      ...deployment.metadata,
      annotations: { ...deployment.metadata?.annotations, [ANNOTATIONS.applied]: applied },
    },
  };
  const seen = observed.get(deployment.metadata?.name ?? '');
  if (seen === undefined)
    return [{ do: 'apply-deployment', object, event: 'Created', why: 'the pool has no Deployment yet' }];
  // Being deleted in the foreground: it comes back once it is gone.
  if (seen.metadata?.deletionTimestamp !== undefined) return [];
  const uid = seen.metadata?.uid ?? '';
  if (seen.metadata?.annotations?.[ANNOTATIONS.applied] !== applied) {
    return [{ do: 'apply-deployment', object, uid, event: 'Updated', why: 'the specification changed' }];
  }
  if (!contains(object, seen)) {
    return [
      { do: 'apply-deployment', object, uid, event: 'Repaired', why: 'a field of it was changed by somebody else' },
    ];
  }
  return [];
}
