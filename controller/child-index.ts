import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import { LABELS } from '../application/names.ts';

interface Labelled {
  readonly metadata?: ObjectMeta;
}

/** Objects by the application that their label names, so that one application's children are found without a walk over all. */
export interface ChildIndex<Value> {
  /**
   * Takes over a change of the cache.
   * @param key namespace/name
   * @param value undefined: deleted
   * @param owner namespace/name of its application; undefined: none
   * @returns the applications that are touched by it, at most two
   */
  set(key: string, value: Value | undefined, owner: string | undefined): string[];
  /** The children of an application by their name. */
  of(application: string): ReadonlyMap<string, Value>;
}

/** Makes an empty index. */
export function createChildIndex<Value>(): ChildIndex<Value> {
  const byApplication = new Map<string, Map<string, Value>>();
  const owners = new Map<string, string>();
  const empty: ReadonlyMap<string, Value> = new Map();
  return {
    set(key, value, owner) {
      const name = key.slice(key.indexOf('/') + 1);
      const before = owners.get(key);
      if (before !== undefined && (before !== owner || value === undefined)) {
        const siblings = byApplication.get(before);
        siblings?.delete(name);
        if (siblings?.size === 0) byApplication.delete(before);
        owners.delete(key);
      }
      if (value !== undefined && owner !== undefined) {
        const siblings = byApplication.get(owner) ?? new Map<string, Value>();
        byApplication.set(owner, siblings);
        siblings.set(name, value);
        owners.set(key, owner);
      }
      return [...new Set([before, value === undefined ? undefined : owner])].filter((entry) => entry !== undefined);
    },
    of: (application) => byApplication.get(application) ?? empty,
  };
}

/** namespace/name of the application that an object's label names, or undefined. */
export function applicationOf(object: Labelled): string | undefined {
  const name = object.metadata?.labels?.[LABELS.application];
  return name === undefined ? undefined : `${object.metadata?.namespace ?? ''}/${name}`;
}

/** Whether an object belongs to the application with this uid: a label alone can be anybody's. */
export function ownedBy(object: Labelled, uid: string): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true) ?? false;
}
