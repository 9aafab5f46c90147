import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';

/** A child of an application, of whatever kind, as it is applied or was seen. Its kind must stand in controller/child-kinds.ts. */
export interface ChildObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** What tells the children of one application apart. */
export function childKey(kind: string | undefined, name: string | undefined): string {
  return `${kind ?? ''}/${name ?? ''}`;
}
