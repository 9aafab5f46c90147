import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import { apiVersionOf, type Resource } from './resources.ts';

/** What every API object has. Everything else is passed through as it came. */
export interface ApiObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** One page of a list. */
export interface List<T> {
  readonly metadata: {
    readonly resourceVersion?: string;
    /** Token for the next page; absent or '' on the last one. */
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: T[];
}

/** `namespace/name`, or `name` for an object without a namespace. */
export function keyOf(object: ApiObject): string {
  const { namespace, name = '' } = object.metadata ?? {};
  return namespace ? `${namespace}/${name}` : name;
}

/** The object itself if it says what it is, else a shallow copy that does. Items of a list of built-in kinds do not. */
export function withKind<T extends ApiObject>(resource: Resource, object: T): T {
  if (object.apiVersion && object.kind) return object;
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
