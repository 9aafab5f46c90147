import type { ReplicaSet } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, Pod } from 'kubernetes-types/core/v1.js';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import type { CeleryApplication } from '../application/celery-application.ts';
import type { ChildObject } from '../application/child-object.ts';
import { parsePlan } from '../application/injection-plan.ts';
import { ANNOTATIONS, LABELS, MANAGER } from '../application/names.ts';
import { type WatchCache, watchCache } from '../kubernetes/cache.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Log } from '../kubernetes/log.ts';
import { CONFIG_MAPS, PODS, REPLICA_SETS, type Resource } from '../kubernetes/resources.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../schemas/celery-application.ts';
import { applicationOf, type ChildIndex, createChildIndex } from './child-index.ts';
import { CHILD_KINDS, type ChildKind } from './child-kinds.ts';
import { type PodSummary, podProblem } from './pod-problem.ts';

export const CELERY_APPLICATIONS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: PLURAL,
  kind: KIND,
  namespaced: true,
};

/** A kind that the cluster lacks may be installed at any time. */
const ABSENT_KIND_MILLISECONDS = 60_000;

/** What is kept of a ConfigMap: its settings can be large and are never read again. */
export interface ConfigMapSummary {
  readonly metadata?: ObjectMeta;
  /** The operator's Secret that its plan refers to. */
  readonly secret?: string;
}

/** What is kept of a ReplicaSet. */
export interface ReplicaSetSummary {
  readonly config?: string;
}

/** Everything the controller knows of the cluster, kept up to date by watches. */
export interface Observed {
  application(key: string): CeleryApplication | undefined;
  applications(): CeleryApplication[];
  readonly configMaps: ChildIndex<ConfigMapSummary>;
  /** Children of all registered kinds. */
  objects(application: string): ChildObject[];
  /** Whether the cluster has a registered kind. */
  served(kind: ChildKind): boolean;
  readonly replicaSets: ChildIndex<ReplicaSetSummary>;
  readonly pods: ChildIndex<PodSummary>;
  /** Resolves when every cache has been filled once. */
  readonly synced: Promise<void>;
  /** Milliseconds since the quietest watch heard from the API server. */
  silence(): number;
}

/**
 * Starts the watches.
 * @param onTouched told the key (namespace/name) of an application whenever it or a child of it changed
 * @param log told of watches that fail and start again
 * @param signal ends them
 */
export function observe(
  client: KubernetesClient,
  onTouched: (key: string) => void,
  log: Log,
  signal: AbortSignal,
): Observed {
  const started = Date.now();
  const managed = `${LABELS.managedBy}=${MANAGER}`;
  const configMaps = createChildIndex<ConfigMapSummary>();
  const objects = CHILD_KINDS.map((kind) => ({ kind, index: createChildIndex<ChildObject>() }));
  const replicaSets = createChildIndex<ReplicaSetSummary>();
  const pods = createChildIndex<PodSummary>();

  const touched = (keys: readonly string[]): void => {
    for (const key of keys) onTouched(key);
  };
  const applications = watchCache<CeleryApplication>(client, CELERY_APPLICATIONS, {
    log,
    onChange: (key) => onTouched(key),
    transform: withoutManagedFields,
  });
  const objectCaches = new Map(
    objects.map(({ kind, index }) => [
      kind,
      watchCache<ChildObject>(client, kind.resource, {
        log,
        labelSelector: `${managed},${LABELS.application}`,
        ...(kind.optional ? { absentMs: ABSENT_KIND_MILLISECONDS } : {}),
        transform: withoutManagedFields,
        onChange: (key, object) => touched(index.set(key, object, object && applicationOf(object))),
      }),
    ]),
  );
  const caches: Pick<WatchCache<never>, 'start' | 'synced' | 'lastActivity'>[] = [
    applications,
    // The index holds the objects; the cache itself keeps no more than it needs to notice deletions.
    watchCache<ConfigMap>(client, CONFIG_MAPS, {
      log,
      labelSelector: `${managed},${LABELS.application}`,
      transform: (object) => ({ metadata: slim(object.metadata), ...secretOf(object) }) as ConfigMap,
      onChange: (key, object) =>
        touched(configMaps.set(key, object as ConfigMapSummary | undefined, object && applicationOf(object))),
    }),
    ...objectCaches.values(),
    watchCache<ReplicaSet>(client, REPLICA_SETS, {
      log,
      labelSelector: `${managed},${LABELS.application}`,
      transform: (object) => ({ metadata: slim(object.metadata), ...configOf(object) }) as ReplicaSet,
      onChange: (key, object) => {
        // Its changes always come with one of the Deployment.
        replicaSets.set(key, object as ReplicaSetSummary | undefined, object && applicationOf(object));
      },
    }),
    watchCache<Pod>(client, PODS, {
      log,
      labelSelector: LABELS.application,
      transform: (object) => ({ metadata: slim(object.metadata), summary: summary(object) }) as Pod,
      onChange: (key, object) =>
        touched(
          pods.set(key, (object as { summary?: PodSummary } | undefined)?.summary, object && applicationOf(object)),
        ),
    }),
  ];
  for (const cache of caches) void cache.start(signal);
  return {
    application: (key) => {
      const [namespace = '', name = ''] = key.split('/');
      return applications.get(namespace, name);
    },
    applications: () => applications.list(),
    configMaps,
    objects: (application) => objects.flatMap(({ index }) => [...index.of(application).values()]),
    served: (kind) => objectCaches.get(kind)?.served() ?? true,
    replicaSets,
    pods,
    synced: Promise.all(caches.map((cache) => cache.synced)).then(() => undefined),
    silence: () => Math.max(...caches.map((cache) => Date.now() - Math.max(cache.lastActivity(), started))),
  };
}

function withoutManagedFields<Value extends { metadata?: ObjectMeta }>(object: Value): Value {
  if (object.metadata) delete object.metadata.managedFields;
  return object;
}

function slim(metadata: ObjectMeta | undefined): ObjectMeta {
  return {
    name: metadata?.name,
    namespace: metadata?.namespace,
    uid: metadata?.uid,
    resourceVersion: metadata?.resourceVersion,
    creationTimestamp: metadata?.creationTimestamp,
    labels: metadata?.labels,
    ownerReferences: metadata?.ownerReferences,
  } as ObjectMeta;
}

function secretOf(configMap: ConfigMap): { secret?: string } {
  try {
    const { brokerUrl, resultBackend } = parsePlan(configMap.data?.['plan.json'] ?? '');
    for (const source of [brokerUrl, resultBackend]) {
      if (source !== undefined && 'secretKeyRef' in source) return { secret: source.secretKeyRef.name };
    }
  } catch {
    // Not one of ours, or of another format: it refers to nothing of ours.
  }
  return {};
}

function configOf(replicaSet: ReplicaSet): ReplicaSetSummary {
  const config = replicaSet.spec?.template?.metadata?.annotations?.[ANNOTATIONS.config];
  return config === undefined ? {} : { config };
}

function summary(pod: Pod): PodSummary {
  const problem = podProblem(pod);
  const { [LABELS.pool]: pool, [LABELS.component]: component } = pod.metadata?.labels ?? {};
  return {
    name: pod.metadata?.name ?? '',
    ...(pool === undefined ? {} : { pool }),
    ...(component === undefined ? {} : { component }),
    ready:
      pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    terminating: pod.metadata?.deletionTimestamp !== undefined,
    ...(pod.spec?.nodeName === undefined ? {} : { node: pod.spec.nodeName }),
    configMaps: (pod.spec?.volumes ?? []).flatMap((volume) => volume.configMap?.name ?? []),
    ...(problem === undefined ? {} : { problem }),
  };
}
