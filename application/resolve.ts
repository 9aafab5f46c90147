import type { DeploymentStrategy } from 'kubernetes-types/apps/v1.js';
import type { EnvFromSource, ResourceRequirements } from 'kubernetes-types/core/v1.js';
import type { WorkerLimits } from '../celery/command-line/build.ts';
import { parseWorkerArgs } from '../celery/command-line/parse.ts';
import type { Settings } from '../celery/config-file.ts';
import { hasMailbox } from '../celery/transports.ts';
import type { CeleryApplication, EnvVarSpec, Spec, WorkerSpec } from './celery-application.ts';
import { type ResolvedFlower, resolveFlower } from './flower.ts';
import { digest } from './names.ts';
import { defaultsTemplate, type PodDefaults } from './pod-defaults.ts';
import type { PodTemplate } from './pod-template.ts';
import { celeryContainers, mergeByName, podTemplatesOf } from './pod-templates.ts';
import { quantity } from './quantity.ts';
import { leastAwake, type ResolvedAutoscaling, resolveAutoscaling } from './resolve-autoscaling.ts';
import { type ResolvedBeat, resolveBeat } from './resolve-beat.ts';

/** Where a URL comes from. */
export type UrlSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'secret'; readonly name: string; readonly key: string }
  | { readonly kind: 'bundled' }
  | { readonly kind: 'image' };

export interface PingProbe {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly initialDelaySeconds: number;
}

/** One pool with every default filled in and everything inherited. */
export interface ResolvedWorker {
  readonly name: string;
  /** What should run now while no autoscaler decides: 0 while the application is suspended. */
  readonly replicas: number;
  /** What may run when it is not suspended; an autoscaler's most. */
  readonly mostReplicas: number;
  /** Undefined: the specification alone decides the number of pods. */
  readonly autoscaling?: ResolvedAutoscaling;
  readonly image: string;
  readonly pool: string;
  readonly concurrency: number;
  readonly logLevel: string;
  readonly queues: readonly string[];
  readonly excludeQueues: readonly string[];
  readonly limits: WorkerLimits;
  readonly args: readonly string[];
  readonly settings: Settings;
  /** Shared variables first, a pool's own replace those of the same name. */
  readonly env: readonly EnvVarSpec[];
  /** Shared sources first: of equal names Kubernetes takes the last. */
  readonly envFrom: readonly EnvFromSource[];
  readonly resources?: ResourceRequirements;
  /** The installation's defaults first, then shared, then the pool's own: to be merged in this order. */
  readonly podTemplates: readonly PodTemplate[];
  readonly strategy: DeploymentStrategy;
  /** As asked for; undefined: the default. */
  readonly podDisruptionBudget?: NonNullable<WorkerSpec['podDisruptionBudget']>;
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
  /** No component runs a pod; nothing is deleted. */
  readonly suspended: boolean;
  readonly imagePullPolicy?: Spec['imagePullPolicy'];
  readonly imagePullSecrets: readonly { readonly name: string }[];
  readonly broker: UrlSource;
  readonly resultBackend: UrlSource;
  /** RabbitMQ's HTTP API; with a bundled broker it exists only where that is RabbitMQ. */
  readonly management?: UrlSource;
  /** Settings that every component shares. */
  readonly settings: Settings;
  readonly workers: readonly ResolvedWorker[];
  /** Digest of the installation's defaults; undefined where they say nothing. */
  readonly defaultsDigest?: string;
  /** Undefined: no scheduler runs. */
  readonly beat?: ResolvedBeat;
  readonly flower?: ResolvedFlower;
}

/** Time without a limit on tasks: what the Airflow chart gives its workers too. */
const DEFAULT_GRACE_SECONDS = 600;
/** A worker needs some seconds after its last task to hand back what it had reserved. */
const GRACE_MARGIN_SECONDS = 30;
/** Never fewer workers than asked for: queues must not grow because of a rollout. */
const DEFAULT_STRATEGY: DeploymentStrategy = {
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 },
};
/** Pools whose main process answers remote control while tasks run: celery/worker/pidbox.py runs in it (measured on 5.3-5.7). */
const ANSWERING_POOLS: ReadonlySet<string> = new Set(['prefork', 'threads']);

/**
 * Fills defaults and inheritance in, once. Expects an application that passed `guard`; on any other the result is unspecified.
 * @param application as the API server gives it
 * @param defaults of the installation
 */
export function resolve(application: CeleryApplication, defaults: PodDefaults = {}): ResolvedApplication {
  const { spec, metadata } = application;
  const template = defaultsTemplate(defaults, false);
  const beat = resolveBeat(spec, defaults);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    ...(spec.app === undefined ? {} : { app: spec.app }),
    agent: spec.agent !== 'Disabled',
    suspended: spec.suspend === true,
    ...(spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: spec.imagePullPolicy }),
    imagePullSecrets: spec.imagePullSecrets ?? [],
    broker: urlSource(spec.broker),
    resultBackend: urlSource(spec.resultBackend ?? { fromImage: {} }),
    ...managementOf(spec.broker),
    settings: spec.config ?? {},
    workers: (spec.workers ?? [{ name: 'default' }]).map((worker) => resolveWorker(worker, spec, defaults)),
    ...(template === undefined ? {} : { defaultsDigest: digest(template) }),
    ...(beat === undefined ? {} : { beat }),
    ...(spec.flower === undefined ? {} : { flower: resolveFlower(spec.flower, spec, defaults) }),
  };
}

function resolveWorker(worker: WorkerSpec, spec: Spec, defaults: PodDefaults): ResolvedWorker {
  const settings: Settings = { ...spec.config, ...worker.config };
  const pool = worker.pool ?? 'prefork';
  const podTemplates = podTemplatesOf([spec.podTemplate, worker.podTemplate], worker.resources, defaults);
  const ping = pingProbe(worker, pool, spec);
  return {
    name: worker.name,
    ...numberOfPods(worker, spec.suspend === true),
    image: worker.image ?? spec.image,
    pool,
    concurrency: worker.concurrency ?? defaultConcurrency(settings, worker, podTemplates),
    logLevel: worker.logLevel ?? 'INFO',
    queues: worker.queues ?? [],
    excludeQueues: worker.excludeQueues ?? [],
    limits: limits(worker),
    args: worker.args ?? [],
    settings,
    env: mergeByName(spec.env ?? [], worker.env ?? []),
    envFrom: [...(spec.envFrom ?? []), ...(worker.envFrom ?? [])] as EnvFromSource[],
    ...(worker.resources === undefined ? {} : { resources: worker.resources as ResourceRequirements }),
    podTemplates,
    strategy: (worker.strategy as DeploymentStrategy | undefined) ?? DEFAULT_STRATEGY,
    ...(worker.podDisruptionBudget === undefined ? {} : { podDisruptionBudget: worker.podDisruptionBudget }),
    terminationGracePeriodSeconds: worker.terminationGracePeriodSeconds ?? defaultGrace(settings, worker),
    ...(ping === undefined ? {} : { ping }),
  };
}

function numberOfPods(
  worker: WorkerSpec,
  suspended: boolean,
): Pick<ResolvedWorker, 'replicas' | 'mostReplicas' | 'autoscaling'> {
  const fixed = worker.replicas ?? 1;
  if (worker.autoscaling === undefined) return { replicas: suspended ? 0 : fixed, mostReplicas: fixed };
  const autoscaling = resolveAutoscaling(worker.autoscaling);
  return { replicas: suspended ? 0 : leastAwake(autoscaling), mostReplicas: autoscaling.maxReplicas, autoscaling };
}

function urlSource(source: Spec['broker']): UrlSource {
  if (source.url !== undefined) return { kind: 'url', url: source.url };
  if (source.urlFrom !== undefined) {
    const { name, key } = source.urlFrom.secretKeyRef;
    return { kind: 'secret', name, key };
  }
  return source.bundled === undefined ? { kind: 'image' } : { kind: 'bundled' };
}

function managementOf({ managementUrl, managementUrlFrom, bundled }: Spec['broker']): { management?: UrlSource } {
  if (managementUrl !== undefined) return { management: { kind: 'url', url: managementUrl } };
  if (managementUrlFrom !== undefined) return { management: urlSource({ urlFrom: managementUrlFrom }) };
  return bundled === undefined ? {} : { management: { kind: 'bundled' } };
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

function defaultGrace(settings: Settings, worker: WorkerSpec): number {
  if (worker.timeLimitSeconds !== undefined) return worker.timeLimitSeconds + GRACE_MARGIN_SECONDS;
  const option = Number(
    parseWorkerArgs(worker.args ?? []).options.find((parsed) => parsed.option.name === 'time_limit')?.value,
  );
  const limit = Number.isFinite(option) && option > 0 ? option : settings.task_time_limit;
  return typeof limit === 'number' && limit > 0 ? Math.ceil(limit) + GRACE_MARGIN_SECONDS : DEFAULT_GRACE_SECONDS;
}

function limits(worker: WorkerSpec): WorkerLimits {
  const memory = quantity(worker.maxMemoryPerChild);
  return {
    ...(worker.prefetchMultiplier === undefined ? {} : { prefetchMultiplier: worker.prefetchMultiplier }),
    ...(worker.maxTasksPerChild === undefined ? {} : { maxTasksPerChild: worker.maxTasksPerChild }),
    ...(memory === undefined ? {} : { maxMemoryPerChildKibibytes: Math.ceil(memory / 1024) }),
    ...(worker.timeLimitSeconds === undefined ? {} : { timeLimitSeconds: worker.timeLimitSeconds }),
    ...(worker.softTimeLimitSeconds === undefined ? {} : { softTimeLimitSeconds: worker.softTimeLimitSeconds }),
  };
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
  return setting !== false && hasMailbox(spec.broker.url);
}
