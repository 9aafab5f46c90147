import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Lease } from 'kubernetes-types/coordination/v1.js';
import type { Secret } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Spec } from '../../application/celery-application.ts';
import { CELERY_APPLICATIONS } from '../../controller/observe.ts';
import { SOURCE_REFRESH_MILLISECONDS } from '../../controller/reconcile.ts';
import { type ApiObject, DEPLOYMENTS, LEASES, NAMESPACES, SECRETS } from '../../kubernetes/client.ts';
import { waitFor } from '../../scripts/local-cluster/index.ts';
import { type RunningController, type Server, serverWithCrd, startController } from './running-controller.ts';

const SOON = 20_000;
let server: Server;
let controller: RunningController | undefined;
let count = 0;

test.before(async () => {
  server = await serverWithCrd();
});

test.before.each(async () => {
  controller = startController(server);
});

test.after.each(async () => {
  await controller?.stop();
});

test.after(async () => {
  await server.stop();
});

type Stored = CeleryApplication & ApiObject;

/** Stores an application in a namespace of its own: there is no webhook here that could refuse it. */
async function store(spec: Partial<Spec> = {}): Promise<string> {
  const namespace = `test-${++count}`;
  await server.client.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  } as ApiObject);
  await server.client.create(CELERY_APPLICATIONS, {
    apiVersion: 'celeryproject.org/v1beta1',
    kind: 'CeleryApplication',
    metadata: { name: 'shop', namespace },
    spec: { image: 'shop:1', app: 'shop', broker: { url: 'redis://redis:6379/0' }, ...spec },
  } as Stored);
  return namespace;
}

const deployment = (namespace: string) =>
  server.client.get<Deployment & ApiObject>(DEPLOYMENTS, 'shop-worker-default', namespace);
const application = (namespace: string) => server.client.get<Stored>(CELERY_APPLICATIONS, 'shop', namespace);
const edit = (namespace: string, spec: object) =>
  server.client.patch(CELERY_APPLICATIONS, 'shop', { spec }, { namespace, type: 'merge' });

function reasonOf(found: Stored | undefined, type: string): string | undefined {
  return found?.status?.conditions?.find((entry) => entry.type === type && entry.status !== 'False')?.reason;
}

test('an application that was stored while nobody looked gets its children', async () => {
  await controller?.stop();
  controller = undefined;
  const namespace = await store();
  controller = startController(server);
  await waitFor('the Deployment', SOON, () => deployment(namespace));
});

test('a stored specification that breaks a rule keeps the last good children and is called stalled', async () => {
  const namespace = await store();
  await waitFor('the Deployment', SOON, () => deployment(namespace));
  const before = (await deployment(namespace))?.metadata?.generation;
  await edit(namespace, { config: { task_ack_late: true } });
  const found = await waitFor('the condition', SOON, async () => {
    const seen = await application(namespace);
    return reasonOf(seen, 'Stalled') === 'InvalidSpec' ? seen : undefined;
  });
  assert.match(found.status?.conditions?.find((entry) => entry.type === 'Ready')?.message ?? '', 'task_acks_late');
  assert.is((await deployment(namespace))?.metadata?.generation, before);
  await edit(namespace, { config: { task_ack_late: null, task_acks_late: true } });
  await waitFor(
    'the next good specification to arrive',
    SOON,
    async () => ((await deployment(namespace))?.metadata?.generation ?? 0) > (before ?? 0),
  );
});

test('one object that cannot be reconciled stops no other', async () => {
  const bad = await store({ podTemplate: { spec: { containers: [{ name: 'UPPER CASE' }] } } });
  const good = await store();
  await waitFor('the good one', SOON, () => deployment(good));
  await waitFor('the reason of the bad one', SOON, async () => {
    const found = await application(bad);
    return found?.status?.conditions?.some((entry) => entry.type === 'Ready' && entry.reason === 'ReconcileFailed');
  });
});

test('a URL from a Secret is copied, and a new one rolls the pods and leaves the old copy to those that run', async () => {
  const namespace = await store({ broker: { urlFrom: { secretKeyRef: { name: 'source', key: 'url' } } } });
  const source = (url: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'source', namespace },
    stringData: { url },
  });
  await waitFor('the missing Secret to be named', SOON, async () =>
    (await application(namespace))?.status?.conditions?.some((entry) => entry.reason === 'SecretNotFound'),
  );
  await server.client.create(SECRETS, source('redis://:one@redis:6379/0') as ApiObject);
  const first = await waitFor('the first template', 2 * SOON, () => deployment(namespace));
  await server.client.apply(SECRETS, source('redis://:two@redis:6379/0') as ApiObject, {
    fieldManager: 'test',
    force: true,
  });
  const limit = SOURCE_REFRESH_MILLISECONDS + SOON;
  const second = await waitFor('the second template', limit, async () => {
    const found = await deployment(namespace);
    return secretOf(found) === secretOf(first) ? undefined : found;
  });
  const copies = await server.client.list<Secret & ApiObject>(SECRETS, {
    namespace,
    labelSelector: 'celeryproject.org/application=shop',
  });
  const values = copies.items.map((copy) => Buffer.from(copy.data?.['broker-url'] ?? '', 'base64').toString());
  assert.equal(values.sort(), ['redis://:one@redis:6379/0', 'redis://:two@redis:6379/0']);
  assert.ok(copies.items.every((copy) => copy.immutable));
  assert.not(JSON.stringify([await application(namespace), second]).includes(':two@'));
});

function secretOf(found: Deployment | undefined): string | undefined {
  const env = found?.spec?.template.spec?.containers[0]?.env ?? [];
  return env.find((entry) => entry.name === 'CELERY_BROKER_URL')?.valueFrom?.secretKeyRef?.name;
}

test('when the leader ends, another replica leads and goes on', async () => {
  const other = startController(server, 'two');
  try {
    await waitFor('a first leader', SOON, () => holder());
    const namespace = await store();
    await waitFor('the Deployment', SOON, () => deployment(namespace));
    const ended = Date.now();
    await controller?.stop();
    controller = undefined;
    await edit(namespace, { workers: [{ name: 'default', replicas: 5 }] });
    await waitFor('the edit to arrive', SOON, async () => (await deployment(namespace))?.spec?.replicas === 5);
    console.log(`   ${Date.now() - ended} ms after the leader ended`);
    assert.is(await holder(), 'two');
  } finally {
    await other.stop();
  }
});

async function holder(): Promise<string | undefined> {
  const lease = await server.client.get<Lease & ApiObject>(LEASES, 'celery-operator-leader', 'celery-operator');
  const name = lease?.spec?.holderIdentity;
  return name === '' ? undefined : name;
}

test.run();
