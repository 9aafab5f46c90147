import type { Container, PodSpec, ResourceRequirements } from 'kubernetes-types/core/v1.js';
import { parseWorkerArgs } from '../celery/command-line/parse.ts';
import type { CeleryApplication, EnvVarSpec, Spec, WorkerSpec } from './celery-application.ts';
import { quantity } from './quantity.ts';
import { type ResolvedAutoscaling, resolveAutoscaling } from './resolve-autoscaling.ts';

/** Where a URL comes from. */
export type UrlSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'secret'; readonly name: string; readonly key: string }
  | { readonly kind: 'bundled' }
  | { readonly kind: 'image' };

export type Settings = Readonly<Record<string, unknown>>;

/** Metadata and spec that a user wants merged into pods. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: Partial<PodSpec>;
}

export interface PingProbe {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly initialDelaySeconds: number;
}

/** One pool with every default filled in and everything inherited. */
export interface ResolvedWorker {
  readonly name: string;
  readonly replicas: number;
  /** Undefined: the specification alone decides the number of pods. */
  readonly autoscaling?: ResolvedAutoscaling;
  readonly image: string;
  readonly pool: string;
  readonly concurrency: number;
  readonly logLevel: string;
  readonly queues: readonly string[];
  readonly excludeQueues: readonly string[];
  readonly args: readonly string[];
  readonly settings: Settings;
  /** Shared variables first, a pool's own replace those of the same name. */
  readonly env: readonly EnvVarSpec[];
  readonly resources?: ResourceRequirements;
  /** Shared first, the pool's own second: to be merged in this order. */
  readonly podTemplates: readonly PodTemplate[];
  readonly terminationGracePeriodSeconds: number;
  /** Undefined: no liveness probe. */
  readonly ping?: PingProbe;
}

/** One application as everything behind admission sees it: no optional field that has a default. */
export interface ResolvedApplication {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly app?: string;
  readonly agent: boolean;
  readonly imagePullPolicy?: Spec['imagePullPolicy'];
  readonly imagePullSecrets: readonly { readonly name: string }[];
  readonly broker: UrlSource;
  readonly resultBackend: UrlSource;
  /** Settings that every component shares. */
  readonly settings: Settings;
  readonly workers: readonly ResolvedWorker[];
}

/** Time without a limit on tasks: what the Airflow chart gives its workers too. */
const DEFAULT_GRACE_SECONDS = 600;
/** A worker needs some seconds after its last task to hand back what it had reserved. */
const GRACE_MARGIN_SECONDS = 30;
/** Pools whose main process answers remote control while tasks run: celery/worker/pidbox.py runs in it (measured on 5.3-5.7). */
const ANSWERING_POOLS: ReadonlySet<string> = new Set(['prefork', 'threads']);

/**
 * Fills defaults and inheritance in, once. Expects an application that passed `guard`; on any other the result is unspecified.
 * @param application as the API server gives it
 */
export function resolve(application: CeleryApplication): ResolvedApplication {
  const { spec, metadata } = application;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    ...(spec.app === undefined ? {} : { app: spec.app }),
    agent: spec.agent !== 'Disabled',
    ...(spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: spec.imagePullPolicy }),
    imagePullSecrets: spec.imagePullSecrets ?? [],
    broker: urlSource(spec.broker),
    resultBackend: urlSource(spec.resultBackend ?? { fromImage: {} }),
    settings: spec.config ?? {},
    workers: (spec.workers ?? [{ name: 'default' }]).map((worker) => resolveWorker(worker, spec)),
  };
}

function resolveWorker(worker: WorkerSpec, spec: Spec): ResolvedWorker {
  const settings: Settings = { ...spec.config, ...worker.config };
  const pool = worker.pool ?? 'prefork';
  const podTemplates = [spec.podTemplate, worker.podTemplate].filter(
    (template) => template !== undefined,
  ) as PodTemplate[];
  const ping = pingProbe(worker, pool, spec);
  return {
    name: worker.name,
    replicas: worker.replicas ?? 1,
    ...(worker.autoscaling === undefined ? {} : { autoscaling: resolveAutoscaling(worker.autoscaling) }),
    image: worker.image ?? spec.image,
    pool,
    concurrency: worker.concurrency ?? defaultConcurrency(settings, worker, podTemplates),
    logLevel: worker.logLevel ?? 'INFO',
    queues: worker.queues ?? [],
    excludeQueues: worker.excludeQueues ?? [],
    args: worker.args ?? [],
    settings,
    env: mergeByName(spec.env ?? [], worker.env ?? []),
    ...(worker.resources === undefined ? {} : { resources: worker.resources as ResourceRequirements }),
    podTemplates,
    terminationGracePeriodSeconds: worker.terminationGracePeriodSeconds ?? defaultGrace(settings, worker.args ?? []),
    ...(ping === undefined ? {} : { ping }),
  };
}

function urlSource(source: Spec['broker']): UrlSource {
  if (source.url !== undefined) return { kind: 'url', url: source.url };
  if (source.urlFrom !== undefined) {
    const { name, key } = source.urlFrom.secretKeyRef;
    return { kind: 'secret', name, key };
  }
  return source.bundled === undefined ? { kind: 'image' } : { kind: 'bundled' };
}

/** Celery's own default is the CPU count of the node (billiard), which ignores what the container may use. */
function defaultConcurrency(settings: Settings, worker: WorkerSpec, templates: readonly PodTemplate[]): number {
  const configured = settings.worker_concurrency;
  if (typeof configured === 'number' && Number.isInteger(configured) && configured > 0) return configured;
  const fromTemplates = templates
    .flatMap((template) => celeryContainers(template))
    .map((container) => container.resources);
  const resources = [worker.resources as ResourceRequirements | undefined, ...fromTemplates.reverse()];
  for (const kind of ['limits', 'requests'] as const) {
    for (const candidate of resources) {
      const cpus = quantity(candidate?.[kind]?.cpu);
      if (cpus !== undefined && cpus > 0) return Math.min(Math.ceil(cpus), 10000);
    }
  }
  return 1;
}

function celeryContainers(template: PodTemplate): Container[] {
  const containers = template.spec?.containers;
  return Array.isArray(containers) ? containers.filter((container) => container?.name === 'celery') : [];
}

function defaultGrace(settings: Settings, args: readonly string[]): number {
  const option = Number(parseWorkerArgs(args).options.find((parsed) => parsed.option.name === 'time_limit')?.value);
  const limit = Number.isFinite(option) && option > 0 ? option : settings.task_time_limit;
  return typeof limit === 'number' && limit > 0 ? Math.ceil(limit) + GRACE_MARGIN_SECONDS : DEFAULT_GRACE_SECONDS;
}

function pingProbe(worker: WorkerSpec, pool: string, spec: Spec): PingProbe | undefined {
  const probe = worker.livenessProbe ?? {};
  const type = probe.type ?? (ANSWERING_POOLS.has(pool) && remoteControl(worker, spec) ? 'Ping' : 'None');
  if (type === 'None') return undefined;
  return {
    periodSeconds: probe.periodSeconds ?? 30,
    timeoutSeconds: probe.timeoutSeconds ?? 20,
    failureThreshold: probe.failureThreshold ?? 3,
    initialDelaySeconds: probe.initialDelaySeconds ?? 10,
  };
}

function remoteControl(worker: WorkerSpec, spec: Spec): boolean {
  const setting = worker.config?.worker_enable_remote_control ?? spec.config?.worker_enable_remote_control;
  // Transports without fanout exchanges (SQS and the like) have no mailbox at all: kombu/transport/SQS.py.
  return setting !== false && !/^sqs:/i.test(spec.broker.url ?? '');
}

function mergeByName<Item extends { name: string }>(shared: readonly Item[], own: readonly Item[]): Item[] {
  const names = new Set(own.map((item) => item.name));
  return [...shared.filter((item) => !names.has(item.name)), ...own];
}
