import type { CeleryApplication, Spec } from '../../application/celery-application.ts';
import { loadOperatorImage, loadShopImage, shopImage } from '../../scripts/installation/images.ts';
import { installOperator, NAMESPACE } from '../../scripts/installation/release.ts';
import { localTarget, type Target } from '../../scripts/installation/target.ts';
import { buildGroups, CommandFailed, selectGroups, up, waitFor } from '../../scripts/local-cluster/index.ts';

export { SHOP_IMAGE } from '../../scripts/installation/images.ts';
export { NAMESPACE as OPERATOR_NAMESPACE } from '../../scripts/installation/release.ts';
export { CommandFailed, waitFor };

const say = (line: string): void => console.log(`   ${line}`);

/** Minutes that anything in a cluster on two cores may take. */
export const PATIENCE = 300_000;

/** The local cluster with both images; what is there already costs seconds. */
export async function cluster(): Promise<Target> {
  await up({ say });
  await buildGroups(selectGroups({ only: ['helm3', 'helm4'] }), { say });
  await loadOperatorImage(say);
  await loadShopImage(say);
  return localTarget();
}

/** The cluster with the operator and its bundled broker. */
export async function operator(): Promise<Target> {
  const target = await cluster();
  await installOperator(target, ['--set', 'broker.enabled=true']);
  return target;
}

/** Does something while no operator runs; it is back afterwards, whatever happened. */
export async function withoutOperator(target: Target, work: () => Promise<void>): Promise<void> {
  const within = ['--namespace', NAMESPACE];
  await target.kubectl(['scale', 'deployment/celery-operator', ...within, '--replicas=0']);
  try {
    const pods = ['-l', 'app.kubernetes.io/component=operator'];
    await target.kubectl(['wait', '--for=delete', 'pod', ...within, ...pods, '--timeout=120s']);
    await work();
  } finally {
    await target.kubectl(['scale', 'deployment/celery-operator', ...within, '--replicas=2']);
    await target.kubectl(['rollout', 'status', 'deployment/celery-operator', ...within, '--timeout=180s']);
  }
}

/** The example's image with another Celery. */
export async function shopWith(celery: string): Promise<string> {
  await loadShopImage(say, celery);
  return shopImage(celery);
}

/** A namespace of a test's own: empty at the start whatever an earlier run left, gone at the end. */
export async function namespace(target: Target, name: string): Promise<Namespace> {
  await target.kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait', '--timeout', '300s']);
  await target.kubectl(['create', 'namespace', name]);
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    target.kubectl(['--namespace', name, ...args], input);
  const get = async <Value>(kind: string, object: string): Promise<Value | undefined> => {
    const text = await kubectl(['get', kind, object, '--ignore-not-found', '-o', 'json']);
    return text === '' ? undefined : (JSON.parse(text) as Value);
  };
  const list = async <Value>(kind: string, selector = ''): Promise<Value[]> =>
    JSON.parse(await kubectl(['get', kind, '-l', selector, '-o', 'json'])).items as Value[];
  return {
    name,
    kubectl,
    get,
    list,
    apply: (object) => kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(object)),
    ready: (application) =>
      waitFor(`application ${application} to be ready`, PATIENCE, async () => {
        const found = await get<CeleryApplication>('celeryapp', application);
        const condition = found?.status?.conditions?.find((entry) => entry.type === 'Ready');
        return found?.status?.observedGeneration === found?.metadata.generation && condition?.status === 'True'
          ? found
          : undefined;
      }),
    workers: async (application) =>
      (await list<PodView>('pods', `celeryproject.org/application=${application},celeryproject.org/pool`)).filter(
        (pod) => pod.metadata.deletionTimestamp === undefined,
      ),
    remove: async () => {
      await target.kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait', '--timeout', '300s']);
    },
  };
}

/** What tests read of a pod. */
export interface PodView {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly args?: string[];
      readonly env?: { name: string; value?: string }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
  };
}

export interface Namespace {
  readonly name: string;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Undefined: there is no such object. */
  get<Value>(kind: string, name: string): Promise<Value | undefined>;
  list<Value>(kind: string, selector?: string): Promise<Value[]>;
  apply(object: unknown): Promise<string>;
  /** Waits until the controller has seen the newest generation and all workers are ready. */
  ready(application: string): Promise<CeleryApplication>;
  /** Worker pods that are not on their way out. */
  workers(application: string): Promise<PodView[]>;
  remove(): Promise<void>;
}

/** An application of the example project on the bundled broker. */
export function shop(image: string, spec: Partial<Spec> = {}, name = 'shop'): object {
  return {
    apiVersion: 'celeryproject.org/v1beta1',
    kind: 'CeleryApplication',
    metadata: { name },
    spec: {
      image,
      imagePullPolicy: 'IfNotPresent',
      app: 'shop.celery:app',
      broker: { bundled: {} },
      resultBackend: { bundled: {} },
      workers: [{ name: 'default', replicas: 1, concurrency: 2 }],
      ...spec,
    },
  };
}

/** Sends tasks from a pod that carries only the application's label, and checks every result. @throws with its log when one was wrong or missing */
export async function submit(space: Namespace, image: string, count: number, application = 'shop'): Promise<string> {
  const name = `submit-${Math.random().toString(36).slice(2, 8)}`;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'celeryproject.org/application': application } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'submit',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['python', '-m', 'shop.submit', '--count', String(count)],
        },
      ],
    },
  };
  await space.kubectl(['create', '-f', '-'], JSON.stringify(pod));
  const phase = await waitFor(`${count} tasks`, PATIENCE, async () => {
    const found = (await space.get<PodView>('pod', name))?.status?.phase;
    return found === 'Succeeded' || found === 'Failed' ? found : undefined;
  });
  const log = await space.kubectl(['logs', name]);
  await space.kubectl(['delete', 'pod', name, '--wait=false']);
  if (phase !== 'Succeeded') throw new Error(`the tasks did not come out right:\n${log}`);
  return log;
}
