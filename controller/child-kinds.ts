import {
  DEPLOYMENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  POD_DISRUPTION_BUDGETS,
  type Resource,
  SCALED_OBJECTS,
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
  kind(POD_DISRUPTION_BUDGETS),
  kind(DEPLOYMENTS),
  kind(STATEFUL_SETS),
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
