import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1.js';
import type { ChildObject } from '../application/child-object.ts';
import { quantity } from '../application/quantity.ts';

/**
 * Whether a StatefulSet asks for other volume claims than the one that exists: the API server refuses such a change, so it has to
 * be deleted and made anew. Its pod's successor has the same name and cannot run before that pod is gone; the claims stay.
 */
export function otherClaims(desired: ChildObject, seen: ChildObject): boolean {
  return desired.kind === 'StatefulSet' && claims(desired) !== claims(seen);
}

function claims(object: ChildObject): string {
  const templates = (object.spec as { volumeClaimTemplates?: PersistentVolumeClaim[] } | undefined)
    ?.volumeClaimTemplates;
  return JSON.stringify(
    (templates ?? []).map(({ metadata, spec }) => [
      metadata?.name,
      // The API server writes 0.5Gi as 512Mi.
      quantity(spec?.resources?.requests?.storage),
      // The API server fills no class in on a template.
      spec?.storageClassName ?? null,
    ]),
  );
}
