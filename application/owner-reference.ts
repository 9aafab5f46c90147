import type { OwnerReference } from 'kubernetes-types/meta/v1.js';
import { API_VERSION, KIND } from '../schemas/celery-application.ts';

/** What ties a child to its application: the garbage collector removes the child with it, in the foreground before it. */
export function ownerReference(application: { readonly name: string; readonly uid: string }): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    name: application.name,
    uid: application.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
