import {
  DEPLOYMENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  HTTP_ROUTES,
  INGRESSES,
  PERSISTENT_VOLUME_CLAIMS,
  POD_DISRUPTION_BUDGETS,
  type Resource,
  SCALED_OBJECTS,
  SERVICES,
  STATEFUL_SETS,
  TRIGGER_AUTHENTICATIONS,
} from '../kubernetes/resources.ts';

/** A kind of object that applications are turned into. ConfigMaps and Secrets are not here: they are created once and swept. */
export interface ChildKind {
  readonly resource: Resource;
  /** Whether a cluster may lack it: then its watch looks again each minute, and only applications that ask for it notice. */
  readonly optional: boolean;
  /** Whether one that is no longer asked for is deleted. */
  readonly removed: boolean;
}

const kind = (resource: Resource, { optional = false, removed = true } = {}): ChildKind => ({
  resource,
  optional,
  removed,
});

/**
 * All kinds, each watched by label, in the order in which their objects are written: what others refer to comes first.
 * Removals go the other way. Each needs a block in chart/templates/rbac.yaml.
 */
export const CHILD_KINDS: readonly ChildKind[] = [
  // What stands on a volume is the user's: it goes with the application, not with a field.
  kind(PERSISTENT_VOLUME_CLAIMS, { removed: false }),
  kind(SERVICES),
  kind(POD_DISRUPTION_BUDGETS),
  kind(DEPLOYMENTS),
  kind(STATEFUL_SETS),
  kind(INGRESSES),
  kind(HTTP_ROUTES, { optional: true }),
  kind(TRIGGER_AUTHENTICATIONS, { optional: true }),
  kind(SCALED_OBJECTS, { optional: true }),
  kind(HORIZONTAL_POD_AUTOSCALERS),
];

/**
 * The registered kind of an object.
 * @throws TypeError for a kind that is not registered: a mistake in this program
 */
export function childKind(name: string | undefined): ChildKind {
  const found = CHILD_KINDS.find((entry) => entry.resource.kind === name);
  if (found === undefined) throw new TypeError(`children of kind ${name} are not registered in child-kinds.ts`);
  return found;
}
