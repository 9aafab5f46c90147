import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import { type ChildObject, childKey } from '../application/child-object.ts';
import type { Children } from '../application/children.ts';
import { ANNOTATIONS, digest } from '../application/names.ts';
import { contains } from '../kubernetes/server-side-apply.ts';
import { CHILD_KINDS, type ChildKind, childKind } from './child-kinds.ts';
import { otherClaims } from './volume-claims.ts';

/** One write, with the reason a person will read in the event and the log. */
export type Action =
  | { readonly do: 'create-config-map'; readonly object: ConfigMap; readonly why: string }
  | {
      readonly do: 'apply';
      readonly kind: ChildKind;
      readonly object: ChildObject;
      /** Absent: no such object was seen, so nothing may be taken over by force. */
      readonly uid?: string;
      readonly event: 'Created' | 'Updated' | 'Repaired';
      readonly why: string;
    }
  | {
      readonly do: 'delete';
      readonly kind: ChildKind;
      readonly name: string;
      readonly uid: string;
      readonly why: string;
    };

/** What was seen of an application's children. Only objects that the application owns. */
export interface ObservedChildren {
  /** By name. */
  readonly configMaps: ReadonlyMap<string, { readonly metadata?: ObjectMeta }>;
  /** By childKey; of registered kinds. */
  readonly objects: ReadonlyMap<string, ChildObject>;
}

/**
 * Compares what should be with what is. Pure.
 * @param desired from application/children
 * @param observed owned objects only: what is not in here and exists all the same is somebody else's
 * @returns the writes in the order in which they must happen: settings before the pods that mount them, kinds in the order of CHILD_KINDS, removals last and the other way round
 * @throws TypeError for a child of a kind that is not registered
 */
export function plan(desired: Children, observed: ObservedChildren): Action[] {
  const wanted = new Set(desired.workloads.map((object) => childKey(object.kind, object.metadata?.name)));
  const unwanted = [...observed.objects]
    .filter(([key, object]) => !wanted.has(key) && object.metadata?.deletionTimestamp === undefined)
    .map(([, object]) => object);
  return [
    ...desired.configMaps
      .filter((configMap) => !observed.configMaps.has(configMap.metadata?.name ?? ''))
      .map((object): Action => ({ do: 'create-config-map', object, why: 'no ConfigMap holds these settings yet' })),
    ...inOrder(desired.workloads).flatMap((object) => planObject(object, observed.objects)),
    ...inOrder(unwanted).reverse().flatMap(planRemoval),
  ];
}

function inOrder(objects: readonly ChildObject[]): ChildObject[] {
  const place = (object: ChildObject): number => CHILD_KINDS.indexOf(childKind(object.kind));
  return [...objects].sort((a, b) => place(a) - place(b));
}

function planObject(desired: ChildObject, observed: ReadonlyMap<string, ChildObject>): Action[] {
  const kind = childKind(desired.kind);
  const applied = digest(desired);
  const object: ChildObject = {
    ...desired,
    metadata: {
      ...desired.metadata,
      annotations: { ...desired.metadata?.annotations, [ANNOTATIONS.applied]: applied },
    },
  };
  const seen = observed.get(childKey(desired.kind, desired.metadata?.name));
  if (seen === undefined) return [{ do: 'apply', kind, object, event: 'Created', why: 'it was not there' }];
  // Being deleted in the foreground: it comes back once it is gone.
  if (seen.metadata?.deletionTimestamp !== undefined) return [];
  const { name = '', uid = '' } = seen.metadata ?? {};
  if (otherClaims(desired, seen))
    return [{ do: 'delete', kind, name, uid, why: 'its volume claims cannot be changed; it is made anew' }];
  if (seen.metadata?.annotations?.[ANNOTATIONS.applied] !== applied) {
    return [{ do: 'apply', kind, object, uid, event: 'Updated', why: cause(desired, seen) }];
  }
  if (!contains(object, seen)) {
    return [{ do: 'apply', kind, object, uid, event: 'Repaired', why: 'a field of it was changed by somebody else' }];
  }
  return [];
}

function cause(desired: ChildObject, seen: ChildObject): string {
  const defaults = (object: ChildObject): string | undefined => object.metadata?.annotations?.[ANNOTATIONS.defaults];
  return defaults(desired) === defaults(seen)
    ? 'the specification changed'
    : "the defaults of the operator's installation changed";
}

function planRemoval(object: ChildObject): Action[] {
  const kind = childKind(object.kind);
  if (!kind.removed) return [];
  const { name = '', uid = '' } = object.metadata ?? {};
  return [{ do: 'delete', kind, name, uid, why: 'the specification asks for it no longer' }];
}
