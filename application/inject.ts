import type { Container, EnvVar, Pod, Probe, Volume } from 'kubernetes-types/core/v1.js';
import type { InjectionPlan, ValueSource } from './injection-plan.ts';
import { ANNOTATIONS, CELERY_CONTAINER, CONFIG_DIRECTORY, CONFIG_VOLUME, SETTINGS_MODULE } from './names.ts';

/** An "add" of RFC 6902: the only operation injection needs, since it never overwrites and never removes. */
export interface AddOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** What injection looks at: a Pod, or the template of a Deployment. */
export type PodLike = Pick<Pod, 'metadata' | 'spec'>;

/**
 * What must be added to a pod so that it carries its application's configuration. Pure and idempotent: on a pod that has it all the result is empty.
 * Never overwrites what the pod sets; fields it does not know are not looked at.
 * @param pod the pod as the API server sent it
 * @param plan from the ConfigMap
 * @param configMap name of that ConfigMap, in the pod's namespace
 * @returns operations in the order in which they apply
 */
export function injectPod(pod: PodLike, plan: InjectionPlan, configMap: string): AddOperation[] {
  const operations: AddOperation[] = [];
  const annotations = pod.metadata?.annotations ?? {};
  const variables = environment(plan, annotations);
  const targets = targetContainers(pod, plan, annotations);

  const volumes = pod.spec?.volumes;
  if (targets.length > 0 && !volumes?.some((volume) => volume.name === CONFIG_VOLUME)) {
    operations.push(...append('/spec/volumes', volumes, [configVolume(configMap)]));
  }
  for (const { container, path } of targets) {
    operations.push(...addEnvironment(container, path, variables, plan, annotations));
    if (!container.volumeMounts?.some((mount) => mount.mountPath === CONFIG_DIRECTORY)) {
      const mount = { name: CONFIG_VOLUME, mountPath: CONFIG_DIRECTORY, readOnly: true };
      operations.push(...append(`${path}/volumeMounts`, container.volumeMounts, [mount]));
    }
    const probe = livenessProbe(plan);
    if (probe !== undefined && path.startsWith('/spec/containers/') && container.livenessProbe === undefined) {
      operations.push({ op: 'add', path: `${path}/livenessProbe`, value: probe });
    }
  }
  if (annotations[ANNOTATIONS.injected] === undefined) {
    const value = configMap.slice(configMap.lastIndexOf('-') + 1);
    const mark = { [ANNOTATIONS.injected]: value };
    if (!pod.metadata) operations.push({ op: 'add', path: '/metadata', value: { annotations: mark } });
    else if (!pod.metadata.annotations) operations.push({ op: 'add', path: '/metadata/annotations', value: mark });
    else operations.push({ op: 'add', path: `/metadata/annotations/${escapePointer(ANNOTATIONS.injected)}`, value });
  }
  return operations;
}

interface Target {
  readonly container: Container;
  readonly path: string;
}

function targetContainers(pod: PodLike, plan: InjectionPlan, annotations: Record<string, string>): Target[] {
  const all = [
    ...(pod.spec?.initContainers ?? []).map((container, index) => ({
      container,
      path: `/spec/initContainers/${index}`,
    })),
    ...(pod.spec?.containers ?? []).map((container, index) => ({ container, path: `/spec/containers/${index}` })),
  ];
  if (plan.component !== 'client') return all.filter(({ container }) => container.name === CELERY_CONTAINER);
  const chosen = annotations[ANNOTATIONS.containers]
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return chosen === undefined ? all : all.filter(({ container }) => chosen.includes(container.name));
}

function agentWanted(plan: InjectionPlan, annotations: Record<string, string>): boolean {
  return plan.component === 'client' && annotations[ANNOTATIONS.agent] === 'Enabled';
}

function environment(plan: InjectionPlan, annotations: Record<string, string>): EnvVar[] {
  const configModule = agentWanted(plan, annotations) ? SETTINGS_MODULE : plan.configModule;
  return [
    { name: 'CELERY_OPERATOR_CONFIG', value: `${CONFIG_DIRECTORY}/config.yaml` },
    ...(configModule === undefined
      ? []
      : [
          { name: 'CONFIG_MODULE', value: configModule },
          { name: 'CELERY_CONFIG', value: `${CONFIG_DIRECTORY}/config.yaml` },
        ]),
    ...(plan.brokerUrl === undefined ? [] : [variable('CELERY_BROKER_URL', plan.brokerUrl)]),
    ...(plan.resultBackend === undefined ? [] : [variable('CELERY_RESULT_BACKEND', plan.resultBackend)]),
    ...(plan.ping === undefined
      ? []
      : [
          { name: 'CELERY_OPERATOR_NODE', value: plan.ping.node },
          { name: 'CELERY_OPERATOR_PING_TIMEOUT', value: String(plan.ping.timeoutSeconds) },
        ]),
    ...(plan.beatFile === undefined
      ? []
      : [
          {
            name: plan.beatFile.kind === 'tick' ? 'CELERY_OPERATOR_BEAT_TICK' : 'CELERY_OPERATOR_BEAT_SCHEDULE',
            value: plan.beatFile.path,
          },
          { name: 'CELERY_OPERATOR_BEAT_MAX_AGE', value: String(plan.beatFile.maxAgeSeconds) },
        ]),
    ...(plan.scheduler === undefined ? [] : [{ name: 'CELERY_OPERATOR_BEAT_SCHEDULER', value: plan.scheduler }]),
  ];
}

function addEnvironment(
  container: Container,
  path: string,
  variables: readonly EnvVar[],
  plan: InjectionPlan,
  annotations: Record<string, string>,
): AddOperation[] {
  const present = new Set((container.env ?? []).map((entry) => entry.name));
  // CELERY_CONFIG alone makes Celery's CLI import a module of that name: with a CONFIG_MODULE of the user's own it is safe, without one it goes as a pair.
  const missing = variables.filter((entry) => !present.has(entry.name));
  const operations: AddOperation[] = [];
  if (agentWanted(plan, annotations)) {
    const index = (container.env ?? []).findIndex((entry) => entry.name === 'PYTHONPATH');
    const declared = container.env?.[index]?.value;
    if (index < 0) missing.push({ name: 'PYTHONPATH', value: CONFIG_DIRECTORY });
    else if (declared !== undefined && !declared.split(':').includes(CONFIG_DIRECTORY)) {
      // "add" on a member that exists replaces it (RFC 6902, 4.1): the one place where a value is extended.
      operations.push({ op: 'add', path: `${path}/env/${index}/value`, value: `${declared}:${CONFIG_DIRECTORY}` });
    }
  }
  return [...operations, ...append(`${path}/env`, container.env, missing)];
}

function variable(name: string, source: ValueSource): EnvVar {
  return 'value' in source ? { name, value: source.value } : { name, valueFrom: { secretKeyRef: source.secretKeyRef } };
}

function configVolume(configMap: string): Volume {
  return { name: CONFIG_VOLUME, configMap: { name: configMap } };
}

function livenessProbe({ ping, beatFile }: InjectionPlan): Probe | undefined {
  const probe = ping ?? beatFile;
  if (probe === undefined) return undefined;
  return {
    exec: { command: ['sh', `${CONFIG_DIRECTORY}/${ping === undefined ? 'beat-liveness.sh' : 'liveness.sh'}`] },
    initialDelaySeconds: probe.initialDelaySeconds,
    periodSeconds: probe.periodSeconds,
    timeoutSeconds: probe.timeoutSeconds,
    failureThreshold: probe.failureThreshold,
    // A frozen worker would otherwise wait out the pod's whole grace period before its restart.
    terminationGracePeriodSeconds: 30,
  };
}

/** Adds items to a list that may not be there yet. */
function append(path: string, list: readonly unknown[] | undefined, items: readonly unknown[]): AddOperation[] {
  if (items.length === 0) return [];
  if (list === undefined || list === null) return [{ op: 'add', path, value: items }];
  return items.map((value) => ({ op: 'add', path: `${path}/-`, value }));
}

const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
