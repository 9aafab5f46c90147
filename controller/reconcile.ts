import { randomBytes } from 'node:crypto';
import type { Secret } from 'kubernetes-types/core/v1.js';
import type { CeleryApplication } from '../application/celery-application.ts';
import { type ChildObject, childKey } from '../application/child-object.ts';
import { children, needsBrokerSecret } from '../application/children.ts';
import type { BrokerSecret } from '../application/component.ts';
import type { Installation } from '../application/findings.ts';
import { guard } from '../application/guard.ts';
import { kedaBroker, kedaSecrets } from '../application/keda-broker.ts';
import { ANNOTATIONS, childLabels, LABELS, MANAGER, workerName } from '../application/names.ts';
import { ownerReference } from '../application/owner-reference.ts';
import { type ResolvedApplication, resolve } from '../application/resolve.ts';
import { redacted } from '../celery/broker-url.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { EventRecorder } from '../kubernetes/events.ts';
import { SCALED_OBJECTS, SECRETS } from '../kubernetes/resources.ts';
import { execute, KindMissing, NameConflict } from './apply.ts';
import { holds, readUrls, type UrlReader, type Urls } from './broker-urls.ts';
import { ownedBy } from './child-index.ts';
import { childKind } from './child-kinds.ts';
import { handover, type ScalingState } from './handover.ts';
import { LOST_NODE_MILLISECONDS, leavingBeat, lostNode } from './lost-node.ts';
import type { Observed } from './observe.ts';
import { type ObservedChildren, plan } from './plan.ts';
import { QUEUE_LENGTH_MILLISECONDS, type QueueLengths } from './queue-lengths.ts';
import { REASONS } from './reasons.ts';
import { isComponent } from './rollout.ts';
import { type Problem, status } from './status.ts';
import type { StatusWriter } from './write-status.ts';

/** What a reconcile needs from outside. */
export interface ReconcileContext {
  readonly client: KubernetesClient;
  readonly observed: Observed;
  readonly events: EventRecorder;
  readonly writeStatus: StatusWriter;
  readonly urls: UrlReader;
  readonly queueLengths: QueueLengths;
  readonly installation: Installation;
  /** Whether this process still leads, by the clock: a paused one must not write on. */
  readonly held: () => boolean;
}

/** A source Secret is read again at least so often, so that a rotated password arrives. */
export const SOURCE_REFRESH_MILLISECONDS = 60_000;
/** What somebody else has to mend (a missing Secret, a foreign object) is looked at again so often. */
const PROBLEM_RETRY_MILLISECONDS = 15_000;

/**
 * Brings one application's children and status to what it asks for.
 * @param key namespace/name
 * @returns milliseconds after which it must be looked at again without a change; undefined: only on a change
 * @throws what the API server answered; the caller retries with back-off
 */
export async function reconcile(key: string, context: ReconcileContext): Promise<number | undefined> {
  const application = context.observed.application(key);
  // Deleted: the garbage collector removes what carries its owner reference, in the foreground too.
  if (application === undefined || application.metadata.deletionTimestamp !== undefined) return undefined;

  const findings = guard(application, context.installation);
  if (findings.some((finding) => finding.severity === 'error')) {
    await report(application, key, context, { findings });
    return undefined;
  }
  const resolved = resolve(application, context.installation.defaults);
  if (isPaused(application)) {
    const components = owned(key, resolved.uid, context.observed).objects.values();
    await report(application, key, context, { findings, resolved, components: [...components].filter(isComponent) });
    return undefined;
  }
  const broker = resolved.broker.kind === 'url' ? redacted(resolved.broker.url) : undefined;

  let secret: (BrokerSecret & { broker?: string }) | undefined;
  if (needsBrokerSecret(resolved)) {
    const read = await readUrls(resolved, context.urls);
    if ('problem' in read) {
      await report(application, key, context, { findings, resolved, problem: read.problem });
      return PROBLEM_RETRY_MILLISECONDS;
    }
    secret = await ensureSecret(resolved, read.urls, context);
  }

  const seen = context.observed.objects(key);
  const keda = context.observed.served(childKind(SCALED_OBJECTS.kind));
  const { children: desired, scaling } = handover(children(resolved, secret), seen, resolved.uid, keda);
  const actions = plan(desired, owned(key, resolved.uid, context.observed));
  const applied: ChildObject[] = [];
  let problem: Problem | undefined;
  try {
    await execute(actions, application, context, (object) => applied.push(object));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof NameConflict) problem = { reason: REASONS.nameConflict, message, final: true };
    else if (error instanceof KindMissing) problem = { reason: REASONS.kindMissing, message, final: false };
    else {
      const failure: Problem = { reason: REASONS.reconcileFailed, message, final: false };
      await report(application, key, context, { findings, resolved, scaling, problem: failure });
      throw error;
    }
  }
  await report(application, key, context, {
    findings,
    resolved,
    clientConfig: desired.clientConfig,
    components: desired.workloads.filter(isComponent),
    applied,
    scaling,
    ...(problem === undefined ? {} : { problem }),
    broker: broker ?? secret?.broker ?? 'set by the image',
  });
  const leaving = leavingBeat([...context.observed.pods.of(key).values()]);
  if (problem === undefined && leaving !== undefined) return LOST_NODE_MILLISECONDS;
  if (problem !== undefined || scaling.some((state) => state.hindrance !== undefined))
    return PROBLEM_RETRY_MILLISECONDS;
  if (scaling.some((state) => state.kind === 'ScaledObject')) return QUEUE_LENGTH_MILLISECONDS;
  return secret === undefined ? undefined : SOURCE_REFRESH_MILLISECONDS;
}

/** Whether somebody stopped the application's reconciliation by annotation. */
export function isPaused(application: CeleryApplication): boolean {
  return application.metadata.annotations?.[ANNOTATIONS.paused] === 'true';
}

function owned(key: string, uid: string, observed: Observed): ObservedChildren {
  const mine = <Value extends { metadata?: object }>(all: ReadonlyMap<string, Value>): Map<string, Value> =>
    new Map([...all].filter(([, object]) => ownedBy(object, uid)));
  const objects = observed.objects(key).filter((object) => ownedBy(object, uid));
  return { configMaps: mine(observed.configMaps.of(key)), objects: byKey(objects) };
}

function byKey(objects: readonly ChildObject[]): Map<string, ChildObject> {
  return new Map(objects.map((object) => [childKey(object.kind, object.metadata?.name), object]));
}

/** Finds the Secret that holds these URLs, or makes one: immutable and named at random, so that a rotation rolls the pods and no digest of a password is published. */
async function ensureSecret(
  application: ResolvedApplication,
  urls: Urls,
  context: ReconcileContext,
): Promise<BrokerSecret & { broker?: string }> {
  const labels = childLabels(application.name, 'broker');
  const brokerUrl = urls['broker-url'];
  const { settings, namespace } = application;
  const keda = brokerUrl === undefined ? undefined : kedaBroker(brokerUrl, settings, namespace);
  const seen = {
    keys: Object.keys(urls),
    ...(brokerUrl === undefined ? {} : { broker: redacted(brokerUrl) }),
    ...(keda === undefined ? {} : { keda }),
  };
  // KEDA's part is there from the start: switching autoscaling on must not change the Secret, which would roll every pod.
  const literal = application.broker.kind === 'url' ? application.broker.url : undefined;
  const data: Urls = { ...urls, ...kedaSecrets(brokerUrl ?? literal ?? '', settings, namespace) };
  const existing = await context.client.list<Secret>(SECRETS, {
    namespace: application.namespace,
    labelSelector: `${LABELS.application}=${application.name},${LABELS.component}=broker,${LABELS.managedBy}=${MANAGER}`,
  });
  const match = existing.items.find(
    (secret) =>
      ownedBy(secret, application.uid) && secret.metadata?.deletionTimestamp === undefined && holds(secret, data),
  );
  if (match?.metadata?.name !== undefined) return { name: match.metadata.name, ...seen };
  const name = `${application.name}-broker-${randomBytes(4).toString('hex')}`;
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: application.namespace,
      labels,
      ownerReferences: [ownerReference(application)],
    },
    immutable: true,
    stringData: { ...data },
  };
  await context.client.create(SECRETS, secret, { namespace: application.namespace });
  return { name, ...seen };
}

interface Report {
  readonly findings: ReturnType<typeof guard>;
  readonly resolved?: ResolvedApplication;
  readonly problem?: Problem;
  readonly scaling?: readonly ScalingState[];
  readonly clientConfig?: string;
  /** Whatever must be ready besides the workers. */
  readonly components?: readonly ChildObject[];
  readonly broker?: string;
  /** What was just written: the cache may not have it yet, and would call the old revision's workers ready. */
  readonly applied?: readonly ChildObject[];
}

async function report(
  application: CeleryApplication,
  key: string,
  context: ReconcileContext,
  seen: Report,
): Promise<void> {
  const { observed } = context;
  const uid = application.metadata.uid ?? '';
  const queueLengths = await readQueueLengths(seen.resolved, seen.scaling ?? [], context);
  const pods = [...observed.pods.of(key).values()];
  const leaving = leavingBeat(pods);
  const lostBeat = leaving === undefined ? undefined : await lostNode(context.client, leaving);
  const next = status({
    queueLengths,
    ...(seen.scaling === undefined ? {} : { scaling: seen.scaling }),
    generation: application.metadata.generation ?? 0,
    findings: seen.findings,
    ...(seen.resolved === undefined ? {} : { application: seen.resolved }),
    ...(seen.problem === undefined ? {} : { problem: seen.problem }),
    ...(seen.clientConfig === undefined ? {} : { clientConfig: seen.clientConfig }),
    ...(seen.components === undefined ? {} : { components: seen.components }),
    paused: isPaused(application),
    ...(seen.broker === undefined ? {} : { broker: seen.broker }),
    ...(application.status === undefined ? {} : { previous: application.status }),
    observed: new Map([...owned(key, uid, observed).objects, ...byKey(seen.applied ?? [])]),
    pods,
    ...(lostBeat === undefined ? {} : { lostBeat }),
    now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  });
  await context.writeStatus(application, next);
}

/** Only what is scaled by its queues has a length to ask for. */
async function readQueueLengths(
  application: ResolvedApplication | undefined,
  scaling: readonly ScalingState[],
  { queueLengths }: ReconcileContext,
): Promise<Map<string, number>> {
  const pools = (application?.workers ?? []).filter(
    (worker) =>
      worker.autoscaling?.queueLength !== undefined &&
      scaling.some((state) => state.pool === worker.name && state.hindrance === undefined),
  );
  const { namespace = '', name = '' } = application ?? {};
  const lengths = await Promise.all(pools.map((worker) => queueLengths.read(namespace, workerName(name, worker.name))));
  return new Map(
    pools.flatMap((worker, index) => {
      const length = lengths[index];
      return length === undefined ? [] : [[worker.name, length] as const];
    }),
  );
}
