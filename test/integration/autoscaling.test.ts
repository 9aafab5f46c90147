import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, WorkerSpec } from '../../application/celery-application.ts';
import { CELERY_APPLICATIONS } from '../../controller/observe.ts';
import {
  type ApiObject,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  NAMESPACES,
  type Resource,
  SCALED_OBJECTS,
  SECRETS,
  TRIGGER_AUTHENTICATIONS,
} from '../../kubernetes/client.ts';
import { waitFor } from '../../scripts/local-cluster/index.ts';
import { type RunningController, type Server, serverWithCrd, startController } from './running-controller.ts';

/*
 * Who owns Deployment.spec.replicas, by the field managers of a real API server. No autoscaler runs here: what one would do
 * is done by hand, through the scale subresource as they do.
 */

const SOON = 20_000;
const NAME = 'shop-worker-default';
const FINALIZER = 'finalizer.keda.sh';
let server: Server;
let controller: RunningController | undefined;
let count = 0;

type Autoscaling = WorkerSpec['autoscaling'];
type Stored = CeleryApplication & ApiObject;

const QUEUE: Autoscaling = { minReplicas: 2, maxReplicas: 5, queueLength: { target: 100 } };
const CPU: Autoscaling = { maxReplicas: 5, cpu: { averageUtilization: 70 } };

test.before(async () => {
  server = await serverWithCrd();
});

test.after(async () => {
  await controller?.stop();
  await server.stop();
});

async function store(autoscaling: Autoscaling, replicas: number | undefined, url = 'redis://redis/0'): Promise<string> {
  const namespace = `scale-${++count}`;
  await server.client.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  } as ApiObject);
  const worker = {
    name: 'default',
    queues: ['celery'],
    ...(replicas === undefined ? {} : { replicas }),
    ...(autoscaling === undefined ? {} : { autoscaling }),
  };
  await server.client.create(CELERY_APPLICATIONS, {
    apiVersion: 'celeryproject.org/v1beta1',
    kind: 'CeleryApplication',
    metadata: { name: 'shop', namespace },
    spec: { image: 'shop:1', app: 'shop', broker: { url }, workers: [worker] },
  } as Stored);
  return namespace;
}

/** Replaces the pool's autoscaling and number; null: none. */
const edit = (namespace: string, autoscaling: Autoscaling | null, replicas: number | null) =>
  server.client.patch(
    CELERY_APPLICATIONS,
    'shop',
    [
      {
        op: 'replace',
        path: '/spec/workers',
        value: [
          {
            name: 'default',
            queues: ['celery'],
            ...(replicas === null ? {} : { replicas }),
            ...(autoscaling === null ? {} : { autoscaling }),
          },
        ],
      },
    ],
    { namespace, type: 'json' },
  );

const get = <Value>(resource: Resource, namespace: string) =>
  server.client.get<Value & ApiObject>(resource, NAME, namespace);
const replicas = async (namespace: string) => (await get<Deployment>(DEPLOYMENTS, namespace))?.spec?.replicas;
const condition = async (namespace: string) =>
  (await server.client.get<Stored>(CELERY_APPLICATIONS, 'shop', namespace))?.status?.conditions?.find(
    (entry) => entry.type === 'Autoscaling',
  );
const conditionIs = (namespace: string, reason: string | undefined) =>
  waitFor(`Autoscaling ${reason}`, SOON, async () => {
    const found = await condition(namespace);
    return found?.reason === reason ? { found } : undefined;
  });

/** As an autoscaler does. */
const scale = (namespace: string, to: number) =>
  server.client.patch(
    DEPLOYMENTS,
    NAME,
    { spec: { replicas: to } },
    { namespace, type: 'merge', subresource: 'scale' },
  );

/** Every number that a Deployment has had from now on, until `done`. */
async function numbers(namespace: string, during: () => Promise<unknown>): Promise<number[]> {
  const seen = new Set<number>();
  const stop = new AbortController();
  const start = await get<Deployment>(DEPLOYMENTS, namespace);
  const watching = (async () => {
    const watch = server.client.watch<Deployment & ApiObject>(DEPLOYMENTS, {
      namespace,
      resourceVersion: start?.metadata?.resourceVersion,
      signal: stop.signal,
    });
    for await (const { object } of watch) seen.add(object.spec?.replicas ?? -1);
  })().catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  await during();
  stop.abort();
  await watching;
  return [...seen];
}

test('without KEDA a pool runs its least number and says what to install; CPU needs no KEDA', async () => {
  controller = startController(server);
  const queue = await store(QUEUE, undefined);
  const { found } = await conditionIs(queue, 'KedaNotInstalled');
  assert.match(found?.message ?? '', 'keda.enabled=true');
  assert.is(await replicas(queue), 2);
  const cpu = await store(CPU, undefined);
  await waitFor('the HorizontalPodAutoscaler', SOON, () => get(HORIZONTAL_POD_AUTOSCALERS, cpu));
  await conditionIs(cpu, 'AutoscalersActive');
  await controller.stop();
});

/** What of KEDA's API the controller meets; the real schemas are KEDA's. */
async function installKedaKinds(): Promise<void> {
  for (const { group, version, plural, kind } of [SCALED_OBJECTS, TRIGGER_AUTHENTICATIONS]) {
    await server.client.create(CUSTOM_RESOURCE_DEFINITIONS, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    } as ApiObject);
    await waitFor(`${plural} to be served`, SOON, async () =>
      server.client.read(`/apis/${group}/${version}/${plural}`).then((list) => list !== undefined),
    );
  }
}

test('from a number to KEDA and back the number never drops', async () => {
  await installKedaKinds();
  controller = startController(server);
  const namespace = await store(undefined, 3);
  await waitFor('the Deployment', SOON, () => get(DEPLOYMENTS, namespace));

  const on = await numbers(namespace, async () => {
    await edit(namespace, QUEUE, null);
    await waitFor('the ScaledObject', SOON, () => get(SCALED_OBJECTS, namespace));
    await conditionIs(namespace, 'AutoscalerNotReady');
  });
  assert.equal(
    on.filter((number) => number !== 3),
    [],
  );

  // The operator leaves the autoscaler's number alone, also when the pods change.
  await scale(namespace, 5);
  await server.client.patch(
    SCALED_OBJECTS,
    NAME,
    { metadata: { finalizers: [FINALIZER] } },
    { namespace, type: 'merge' },
  );
  const image = await numbers(namespace, async () => {
    await server.client.patch(CELERY_APPLICATIONS, 'shop', { spec: { image: 'shop:2' } }, { namespace, type: 'merge' });
    await waitFor('the new image', SOON, async () =>
      JSON.stringify((await get<Deployment>(DEPLOYMENTS, namespace))?.spec?.template).includes('shop:2'),
    );
  });
  assert.equal(image, [5]);

  const off = await numbers(namespace, async () => {
    await edit(namespace, null, 4);
    await waitFor(
      'the ScaledObject to be deleted',
      SOON,
      async () => (await get<ApiObject>(SCALED_OBJECTS, namespace))?.metadata?.deletionTimestamp !== undefined,
    );
    await conditionIs(namespace, 'HandingOver');
    assert.is(await replicas(namespace), 5);
    await server.client.patch(SCALED_OBJECTS, NAME, { metadata: { finalizers: [] } }, { namespace, type: 'merge' });
    await waitFor('the number of the specification', SOON, async () => (await replicas(namespace)) === 4);
  });
  assert.equal(
    off.filter((number) => number !== 5),
    [4],
  );
  await conditionIs(namespace, undefined);
});

test('from KEDA to a HorizontalPodAutoscaler: the second comes when the first is gone', async () => {
  const namespace = await store(QUEUE, undefined);
  await waitFor('the ScaledObject', SOON, () => get(SCALED_OBJECTS, namespace));
  await scale(namespace, 4);
  await server.client.patch(
    SCALED_OBJECTS,
    NAME,
    { metadata: { finalizers: [FINALIZER] } },
    { namespace, type: 'merge' },
  );
  const between = await numbers(namespace, async () => {
    await edit(namespace, CPU, null);
    await conditionIs(namespace, 'HandingOver');
    assert.is(await get(HORIZONTAL_POD_AUTOSCALERS, namespace), undefined);
    await server.client.patch(SCALED_OBJECTS, NAME, { metadata: { finalizers: [] } }, { namespace, type: 'merge' });
    await waitFor('the HorizontalPodAutoscaler', SOON, () => get(HORIZONTAL_POD_AUTOSCALERS, namespace));
  });
  assert.equal(
    between.filter((number) => number !== 4),
    [],
  );
});

const suspend = (namespace: string, on: boolean) =>
  server.client.patch(CELERY_APPLICATIONS, 'shop', { spec: { suspend: on } }, { namespace, type: 'merge' });
const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';

test('suspended, a pool with a HorizontalPodAutoscaler goes to 0, and afterwards wakes with its least number and is scaled again', async () => {
  const namespace = await store(CPU, undefined);
  await waitFor('the HorizontalPodAutoscaler', SOON, () => get(HORIZONTAL_POD_AUTOSCALERS, namespace));
  await scale(namespace, 4);
  await suspend(namespace, true);
  await waitFor('no pod', SOON, async () => (await replicas(namespace)) === 0);
  assert.ok(await get(HORIZONTAL_POD_AUTOSCALERS, namespace));
  await conditionIs(namespace, 'Suspended');
  await suspend(namespace, false);
  await waitFor('the first pod', SOON, async () => (await replicas(namespace)) === 1);
  await waitFor('the number to be left to the autoscaler', SOON, async () => {
    await scale(namespace, 3);
    const owners = (await get<ApiObject>(DEPLOYMENTS, namespace))?.metadata?.managedFields ?? [];
    return !owners.some(
      ({ manager, operation, fieldsV1 }) =>
        manager === 'celery-operator' &&
        operation === 'Apply' &&
        'f:replicas' in ((fieldsV1 as Record<string, object>)['f:spec'] ?? {}),
    );
  });
  assert.ok(await waitFor('its number to stand', SOON, async () => (await replicas(namespace)) === 3));
});

test('suspended, a ScaledObject tells KEDA to keep 0, and nobody else writes the number', async () => {
  const namespace = await store(QUEUE, undefined);
  const note = async () => (await get<ApiObject>(SCALED_OBJECTS, namespace))?.metadata?.annotations?.[PAUSED_REPLICAS];
  await waitFor('the ScaledObject', SOON, () => get(SCALED_OBJECTS, namespace));
  assert.is(await note(), undefined);
  await scale(namespace, 4);
  const seen = await numbers(namespace, async () => {
    await suspend(namespace, true);
    await waitFor('the annotation', SOON, async () => (await note()) === '0');
    await conditionIs(namespace, 'Suspended');
    await suspend(namespace, false);
    await waitFor('the annotation to go', SOON, async () => (await note()) === undefined);
  });
  assert.equal(
    seen.filter((number) => number !== 4),
    [],
  );
});

test("a literal password reaches KEDA through a Secret alone, and the workers' template does not change for it", async () => {
  const namespace = await store(undefined, 2, 'redis://:hunter2@redis/0');
  const before = await waitFor('the Deployment', SOON, () => get<Deployment>(DEPLOYMENTS, namespace));
  await edit(namespace, QUEUE, null);
  const authentication = await waitFor('the TriggerAuthentication', SOON, () =>
    get<{ spec: { secretTargetRef: { name: string; key: string }[] } }>(TRIGGER_AUTHENTICATIONS, namespace),
  );
  const scaled = await waitFor('the ScaledObject', SOON, () => get(SCALED_OBJECTS, namespace));
  assert.not(JSON.stringify([authentication, scaled]).includes('hunter2'));
  const [reference] = authentication.spec.secretTargetRef;
  const secret = await server.client.get<{ data: Record<string, string> } & ApiObject>(
    SECRETS,
    reference?.name ?? '',
    namespace,
  );
  assert.is(Buffer.from(secret?.data[reference?.key ?? ''] ?? '', 'base64').toString(), 'hunter2');
  const after = await get<Deployment>(DEPLOYMENTS, namespace);
  assert.equal(after?.spec?.template, before.spec?.template);
});

test.run();
