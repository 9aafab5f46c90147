import type { ManagedFieldsEntry, ObjectMeta } from 'kubernetes-types/meta/v1.js';
import { type ChildObject, childKey } from '../application/child-object.ts';
import type { Children, ScaledPool } from '../application/children.ts';
import { LABELS } from '../application/names.ts';
import { REASONS, type Reason } from './reasons.ts';
import { replicasOf } from './rollout.ts';

/** Kinds that decide a pool's number of pods. */
const AUTOSCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'] as const;

/** What is known of one pool's autoscaler beyond the object itself. */
export interface ScalingState {
  readonly pool: string;
  /** Undefined: the pool is on its way back to the specification. */
  readonly kind?: ScaledPool['kind'];
  /** What hinders the autoscaler or is under way; undefined: its objects are asked for. */
  readonly hindrance?: { readonly reason: Reason; readonly message: string };
}

export interface Handover {
  /** What is to be applied now; on the way several plans follow each other. */
  readonly children: Children;
  readonly scaling: readonly ScalingState[];
}

/**
 * Decides who owns each pool's number of pods right now. Pure. At most one owner exists at any time, and on the way between two
 * nobody changes the number: the Deployment is applied without it until the old autoscaler is gone.
 * @param desired as rendered: every Deployment with a number, every autoscaler
 * @param seen all children that carry the application's label, also the HorizontalPodAutoscalers that KEDA makes for its ScaledObjects
 * @param uid of the application: what it does not own is nobody to wait for, except for what KEDA made
 * @param keda whether the cluster has KEDA
 */
export function handover(desired: Children, seen: readonly ChildObject[], uid: string, keda: boolean): Handover {
  const scaling: ScalingState[] = [];
  const withdrawn = new Set<string>();
  const replicas = new Map<string, number | undefined>();
  const pools = desired.workloads.filter(isPool);
  for (const deployment of pools) {
    const name = deployment.metadata?.name ?? '';
    const pool = deployment.metadata?.labels?.[LABELS.pool] ?? '';
    const scaled = desired.scaled.find((entry) => entry.pool === pool);
    const present = seen.filter(
      (object) => AUTOSCALERS.some((kind) => kind === object.kind) && object.metadata?.labels?.[LABELS.pool] === pool,
    );
    const others = present.filter((object) => inTheWay(object, scaled?.kind, uid));
    const current = seen.find((object) => object.kind === 'Deployment' && object.metadata?.name === name);
    const state = judge(deployment, scaled, others, current, keda);
    if (state.replicas !== 'rendered') replicas.set(name, state.replicas);
    if (!state.autoscaler)
      for (const kind of [...AUTOSCALERS, 'TriggerAuthentication']) withdrawn.add(childKey(kind, name));
    if (scaled !== undefined || state.hindrance !== undefined)
      scaling.push({
        pool,
        ...(scaled === undefined ? {} : { kind: scaled.kind }),
        ...(state.hindrance === undefined ? {} : { hindrance: state.hindrance }),
      });
  }
  const workloads = desired.workloads
    .filter((object) => !withdrawn.has(childKey(object.kind, object.metadata?.name)))
    .map((object) => {
      const name = object.metadata?.name ?? '';
      return isPool(object) && replicas.has(name) ? withReplicas(object, replicas.get(name)) : object;
    });
  return { children: { ...desired, workloads }, scaling };
}

interface Judgement {
  /** undefined: left to whoever has it. */
  readonly replicas: number | undefined | 'rendered';
  /** Whether the autoscaler's objects are asked for. */
  readonly autoscaler: boolean;
  readonly hindrance?: { readonly reason: Reason; readonly message: string };
}

function judge(
  deployment: ChildObject,
  scaled: ScaledPool | undefined,
  others: readonly ChildObject[],
  current: ChildObject | undefined,
  keda: boolean,
): Judgement {
  if (others.length > 0) {
    const names = others.map((object) => `${object.kind} ${object.metadata?.name}`).join(', ');
    const message = `waiting until ${names} is gone; the number of workers stays as it is`;
    return { replicas: undefined, autoscaler: false, hindrance: { reason: REASONS.handingOver, message } };
  }
  if (scaled === undefined) return { replicas: 'rendered', autoscaler: false };
  // A scaled pool is rendered with no pod only while its application is suspended.
  const suspended = replicasOf(deployment) === 0;
  const unscaled = { replicas: suspended ? 0 : kept(scaled, replicasOf(current)), autoscaler: false };
  if (scaled.problem !== undefined)
    return { ...unscaled, hindrance: { reason: REASONS.brokerNotReadable, message: scaled.problem } };
  if (scaled.kind === 'ScaledObject' && !keda)
    return {
      ...unscaled,
      hindrance: {
        reason: REASONS.kedaNotInstalled,
        message: `pool ${scaled.pool}: queueLength and triggers need KEDA, which this cluster does not have; install it (chart value keda.enabled=true, or https://keda.sh), or scale by cpu or memory`,
      },
    };
  if (current === undefined)
    return {
      replicas: replicasOf(deployment),
      autoscaler: false,
      hindrance: { reason: REASONS.handingOver, message: `pool ${scaled.pool}: its Deployment comes first` },
    };
  // At 0 a plain HorizontalPodAutoscaler rests, whoever wrote the 0, and never wakes by itself; KEDA does both on its own.
  if (scaled.kind === 'HorizontalPodAutoscaler' && (suspended || replicasOf(current) === 0))
    return { replicas: 'rendered', autoscaler: true };
  return { replicas: undefined, autoscaler: true };
}

/** Without its autoscaler a pool keeps its number within the bounds, and never stands at 0, where nobody would wake it. */
function kept({ minReplicas, maxReplicas }: ScaledPool, current: number | undefined): number {
  const least = Math.max(minReplicas, 1);
  return Math.min(Math.max(current ?? least, least), Math.max(maxReplicas, least));
}

/** Whether an autoscaler must go before another owner of the number may come. */
function inTheWay(object: ChildObject, wanted: ScaledPool['kind'] | undefined, uid: string): boolean {
  const owners = object.metadata?.ownerReferences ?? [];
  const ours = owners.some((owner) => owner.uid === uid && owner.controller === true);
  const kedas = object.kind === 'HorizontalPodAutoscaler' && owners.some((owner) => owner.kind === 'ScaledObject');
  if (!ours && !kedas) return false;
  if (object.kind === wanted && !kedas) return object.metadata?.deletionTimestamp !== undefined;
  return !(kedas && wanted === 'ScaledObject');
}

const isPool = (object: ChildObject): boolean =>
  object.kind === 'Deployment' && object.metadata?.labels?.[LABELS.pool] !== undefined;

function withReplicas(deployment: ChildObject, replicas: number | undefined): ChildObject {
  const { replicas: _rendered, ...spec } = deployment.spec as { replicas?: number };
  return { ...deployment, spec: { ...spec, ...(replicas === undefined ? {} : { replicas }) } };
}

/** Name under which the number of pods is kept while no autoscaler has written one. */
export const HANDOVER_MANAGER = 'celery-operator-handover';

/**
 * Whether leaving spec.replicas out of the next apply would drop it, and the API server's default 1 would take its place: the
 * manager owns the field and nobody else does.
 * @param live with its managedFields
 */
export function wouldDropReplicas(live: { readonly metadata?: ObjectMeta }, manager: string): boolean {
  const owners = (live.metadata?.managedFields ?? []).filter(ownsReplicas);
  return owners.length > 0 && owners.every((entry) => entry.manager === manager && entry.operation === 'Apply');
}

function ownsReplicas(entry: ManagedFieldsEntry): boolean {
  const spec = (entry.fieldsV1 as Readonly<Record<string, unknown>> | undefined)?.['f:spec'];
  return spec !== null && typeof spec === 'object' && 'f:replicas' in spec;
}
