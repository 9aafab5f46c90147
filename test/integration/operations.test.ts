import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Spec } from '../../application/celery-application.ts';
import { CELERY_APPLICATIONS } from '../../controller/observe.ts';
import { watchCache } from '../../kubernetes/cache.ts';
import {
  type ApiObject,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  NAMESPACES,
  type Resource,
} from '../../kubernetes/client.ts';
import { POD_DISRUPTION_BUDGETS } from '../../kubernetes/resources.ts';
import { waitFor } from '../../scripts/local-cluster/index.ts';
import { type RunningController, type Server, serverWithCrd, startController } from './running-controller.ts';

const SOON = 20_000;
type Stored = CeleryApplication & ApiObject;
let server: Server;
let controller: RunningController;
let count = 0;

test.before(async () => {
  server = await serverWithCrd();
  controller = startController(server);
});

test.after(async () => {
  await controller.stop();
  await server.stop();
});

/** An application of two workers in a namespace of its own, once its Deployment is there. */
async function store(spec: Partial<Spec> = {}): Promise<string> {
  const namespace = `operations-${++count}`;
  await server.client.create(NAMESPACES, { metadata: { name: namespace } });
  const application = {
    apiVersion: 'celeryproject.org/v1beta1',
    kind: 'CeleryApplication',
    metadata: { name: 'shop', namespace },
    spec: {
      image: 'shop:1',
      app: 'shop',
      broker: { url: 'redis://redis:6379/0' },
      workers: [{ name: 'default', replicas: 2 }],
      ...spec,
    },
  };
  await server.client.create(CELERY_APPLICATIONS, application as Stored);
  await waitFor('the Deployment', SOON, () => deployment(namespace));
  return namespace;
}

const deployment = (namespace: string) =>
  server.client.get<Deployment & ApiObject>(DEPLOYMENTS, 'shop-worker-default', namespace);
const budget = (namespace: string) =>
  server.client.get<PodDisruptionBudget & ApiObject>(POD_DISRUPTION_BUDGETS, 'shop-worker-default', namespace);
const edit = (namespace: string, patch: object) =>
  server.client.patch(CELERY_APPLICATIONS, 'shop', patch, { namespace, type: 'merge' });

async function replicas(namespace: string, wanted: number): Promise<void> {
  await waitFor(`${wanted} replicas`, SOON, async () => (await deployment(namespace))?.spec?.replicas === wanted);
}

async function reason(namespace: string): Promise<string | undefined> {
  const found = await server.client.get<Stored>(CELERY_APPLICATIONS, 'shop', namespace);
  return found?.status?.conditions?.find((entry) => entry.type === 'Ready')?.reason;
}

test('suspending runs nothing and keeps everything; ending it brings the workers back', async () => {
  const namespace = await store();
  await waitFor('the budget', SOON, () => budget(namespace));
  const uid = (await deployment(namespace))?.metadata?.uid;
  await edit(namespace, { spec: { suspend: true } });
  await replicas(namespace, 0);
  assert.ok(await budget(namespace));
  await edit(namespace, { spec: { suspend: false } });
  await replicas(namespace, 2);
  assert.is((await deployment(namespace))?.metadata?.uid, uid);
});

test('an old specification applied again gives the pods of before, down to their ConfigMap', async () => {
  const namespace = await store();
  const template = async () => (await deployment(namespace))?.spec?.template;
  const before = await template();
  await edit(namespace, { spec: { config: { task_acks_late: true } } });
  const config = 'celeryproject.org/config';
  await waitFor('the change', SOON, async () => {
    return (await template())?.metadata?.annotations?.[config] !== before?.metadata?.annotations?.[config];
  });
  await edit(namespace, { spec: { config: null } });
  await waitFor('the way back', SOON, async () => {
    return (await template())?.metadata?.annotations?.[config] === before?.metadata?.annotations?.[config];
  });
  assert.equal(await template(), before);
});

test('while paused nothing is repaired and no change is carried out; afterwards both happen', async () => {
  const namespace = await store();
  await edit(namespace, { metadata: { annotations: { 'celeryproject.org/paused': 'true' } } });
  await waitFor('the reason', SOON, async () => (await reason(namespace)) === 'Paused');
  await server.client.patch(
    DEPLOYMENTS,
    'shop-worker-default',
    { spec: { replicas: 5 } },
    { namespace, type: 'merge' },
  );
  await edit(namespace, { spec: { image: 'shop:2' } });
  // A status that tells of five wanted workers was written after the Deployment's change was seen.
  await waitFor('the status to follow', SOON, async () => {
    const found = await server.client.get<Stored>(CELERY_APPLICATIONS, 'shop', namespace);
    return found?.status?.readyWorkers === '0/5' && found.metadata.generation !== found.status.observedGeneration;
  });
  const paused = await deployment(namespace);
  assert.is(paused?.spec?.replicas, 5);
  assert.is(paused?.spec?.template.spec?.containers[0]?.image, 'shop:1');
  await edit(namespace, { metadata: { annotations: { 'celeryproject.org/paused': null } } });
  await replicas(namespace, 2);
  assert.is((await deployment(namespace))?.spec?.template.spec?.containers[0]?.image, 'shop:2');
});

test('a budget follows the specification: made, changed to the other bound, repaired, removed', async () => {
  const namespace = await store();
  const spec = async () => (await waitFor('the budget', SOON, () => budget(namespace))).spec;
  assert.is((await spec())?.maxUnavailable, 1);
  const pool = (fields: object) => ({ spec: { workers: [{ name: 'default', replicas: 2, ...fields }] } });
  await edit(namespace, pool({ podDisruptionBudget: { minAvailable: '50%' } }));
  await waitFor('the other bound', SOON, async () => (await spec())?.minAvailable === '50%');
  assert.is((await spec())?.maxUnavailable, undefined);
  const drift = { spec: { minAvailable: 1 } };
  await server.client.patch(POD_DISRUPTION_BUDGETS, 'shop-worker-default', drift, { namespace, type: 'merge' });
  await waitFor('the repair', SOON, async () => (await spec())?.minAvailable === '50%');
  await edit(namespace, pool({ replicas: 1 }));
  await waitFor('the budget to go', SOON, async () => (await budget(namespace)) === undefined);
});

test('a strategy can become Recreate and go back, which needs the old fields to be removed', async () => {
  const namespace = await store();
  const pool = (fields: object) => ({ spec: { workers: [{ name: 'default', replicas: 2, ...fields }] } });
  const strategy = async () => (await deployment(namespace))?.spec?.strategy;
  await edit(namespace, pool({ strategy: { type: 'Recreate' } }));
  await waitFor('Recreate', SOON, async () => (await strategy())?.type === 'Recreate');
  assert.is((await strategy())?.rollingUpdate, undefined);
  await edit(namespace, pool({}));
  await waitFor('RollingUpdate', SOON, async () => (await strategy())?.type === 'RollingUpdate');
  assert.equal((await strategy())?.rollingUpdate, { maxSurge: '25%', maxUnavailable: 0 });
});

test('an installation with other defaults rolls the pods once', async () => {
  const namespace = await store();
  const before = (await deployment(namespace))?.metadata?.generation ?? 0;
  await controller.stop();
  controller = startController(server, 'two', { nodeSelector: { pool: 'batch' } });
  await waitFor('the default', SOON, async () => {
    const found = await deployment(namespace);
    return found?.spec?.template.spec?.nodeSelector?.pool === 'batch';
  });
  assert.is((await deployment(namespace))?.metadata?.generation, before + 1);
});

const GADGETS: Resource = { group: 'test.example', version: 'v1', plural: 'gadgets', kind: 'Gadget', namespaced: true };

test('a kind that the cluster lacks is synced as absent and found once it is installed', async () => {
  const said: string[] = [];
  const stop = new AbortController();
  const cache = watchCache<ApiObject>(server.client, GADGETS, { absentMs: 200, log: (line) => said.push(line) });
  const ended = cache.start(stop.signal);
  await cache.synced;
  assert.equal(said, []);
  const schema = { openAPIV3Schema: { type: 'object' } };
  await server.client.create(CUSTOM_RESOURCE_DEFINITIONS, {
    metadata: { name: 'gadgets.test.example' },
    spec: {
      group: 'test.example',
      scope: 'Namespaced',
      names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  } as ApiObject);
  await waitFor('the kind to be served', SOON, () =>
    server.client
      .create(GADGETS, { metadata: { name: 'a', namespace: 'default' } })
      .catch((error) => (error.status === 404 ? undefined : Promise.reject(error))),
  );
  await waitFor('the object to be seen', SOON, () => cache.get('default', 'a'));
  await server.client.delete(CUSTOM_RESOURCE_DEFINITIONS, 'gadgets.test.example');
  await waitFor('it to be forgotten', SOON, () => cache.list().length === 0);
  stop.abort();
  await ended;
});

test.run();
