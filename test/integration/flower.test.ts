import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Service } from 'kubernetes-types/core/v1.js';
import type { Ingress } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication } from '../../application/celery-application.ts';
import type { FlowerSpec } from '../../application/flower.ts';
import { CELERY_APPLICATIONS } from '../../controller/observe.ts';
import { type ApiObject, DEPLOYMENTS, EVENTS, NAMESPACES, SERVICES } from '../../kubernetes/client.ts';
import { INGRESSES, PERSISTENT_VOLUME_CLAIMS, type Resource } from '../../kubernetes/resources.ts';
import { waitFor } from '../../scripts/local-cluster/index.ts';
import { type RunningController, type Server, serverWithCrd, startController } from './running-controller.ts';

const SOON = 20_000;
const NAMESPACE = 'flower';
let server: Server;
let controller: RunningController | undefined;

type Stored = CeleryApplication & ApiObject;

const FLOWER: FlowerSpec = {
  urlPrefix: '/flower',
  basicAuthSecretRef: { name: 'login', key: 'login' },
  readOnly: true,
  storage: { size: '1Gi' },
  service: { type: 'NodePort', port: 80 },
  ingress: { host: 'shop.example.com', tlsSecretName: 'tls' },
  resources: { requests: { cpu: '0.05', memory: '128Mi' } },
};

test.before(async () => {
  server = await serverWithCrd();
  controller = startController(server);
  await server.client.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  } as ApiObject);
  await server.client.create(CELERY_APPLICATIONS, {
    apiVersion: 'celeryproject.org/v1beta1',
    kind: 'CeleryApplication',
    metadata: { name: 'shop', namespace: NAMESPACE },
    spec: { image: 'shop:1', app: 'shop', broker: { url: 'redis://redis:6379/0' }, flower: FLOWER },
  } as Stored);
});

test.after(async () => {
  await controller?.stop();
  await server?.stop();
});

const get = <Kind extends object>(resource: Resource) =>
  server.client.get<Kind & ApiObject>(resource, 'shop-flower', NAMESPACE);
const edit = (spec: object) =>
  server.client.patch(CELERY_APPLICATIONS, 'shop', { spec }, { namespace: NAMESPACE, type: 'merge' });
const application = () => server.client.get<Stored>(CELERY_APPLICATIONS, 'shop', NAMESPACE);

test('every object of Flower is made, and status says where it is', async () => {
  for (const resource of [DEPLOYMENTS, SERVICES, INGRESSES, PERSISTENT_VOLUME_CLAIMS])
    await waitFor(resource.kind, SOON, () => get(resource));
  const service = await get<Service>(SERVICES);
  assert.ok(service?.spec?.ports?.[0]?.nodePort);
  const found = await waitFor('the status', SOON, async () => {
    const seen = await application();
    return seen?.status?.flower === undefined ? undefined : seen;
  });
  assert.equal(found.status?.flower, { ready: false, url: 'https://shop.example.com/flower/' });
});

test('what is right is left alone', async () => {
  const versions = async () =>
    (await Promise.all([DEPLOYMENTS, SERVICES, INGRESSES, PERSISTENT_VOLUME_CLAIMS].map((one) => get(one)))).map(
      (object) => object?.metadata?.generation ?? object?.metadata?.resourceVersion,
    );
  const before = await versions();
  // Two changes of something else, each reconciled to its end.
  for (const replicas of [2, 3]) {
    await edit({ workers: [{ name: 'default', replicas }] });
    await waitFor('the workers to follow', SOON, async () => {
      const found = await server.client.get<Deployment & ApiObject>(DEPLOYMENTS, 'shop-worker-default', NAMESPACE);
      return found?.spec?.replicas === replicas ? true : undefined;
    });
  }
  assert.equal(await versions(), before);
  const { items } = await server.client.list<ApiObject & { reason?: string }>(EVENTS, { namespace: NAMESPACE });
  assert.equal(
    items.filter(({ reason }) => reason === 'Repaired'),
    [],
  );
});

test('a Service changes its type, an Ingress goes with its field, and the volume stays', async () => {
  await edit({ flower: { service: { type: null }, ingress: null, storage: null } });
  await waitFor('the type', SOON, async () =>
    (await get<Service>(SERVICES))?.spec?.type === 'ClusterIP' ? true : undefined,
  );
  assert.is((await get<Service>(SERVICES))?.spec?.ports?.[0]?.nodePort, undefined);
  await waitFor('the Ingress to go', SOON, async () =>
    (await get<Ingress>(INGRESSES)) === undefined ? true : undefined,
  );
  assert.ok(await get(PERSISTENT_VOLUME_CLAIMS));
});

test('a cluster without the Gateway API is named in the condition, and comes back to order without the HTTPRoute', async () => {
  await edit({ flower: { httpRoute: { parentRefs: [{ name: 'gateway' }] } } });
  await waitFor('the reason', SOON, async () =>
    (await application())?.status?.conditions?.some(({ message }) =>
      message.includes('HTTPRoute (gateway.networking.k8s.io/v1)'),
    ),
  );
  await edit({ flower: { httpRoute: null } });
  await waitFor('the reason to go', SOON, async () =>
    (await application())?.status?.conditions?.every(({ message }) => !message.includes('HTTPRoute')),
  );
});

test('without spec.flower everything but the volume goes', async () => {
  await edit({ flower: null });
  for (const resource of [DEPLOYMENTS, SERVICES])
    await waitFor(`${resource.kind} to go`, SOON, async () => ((await get(resource)) === undefined ? true : undefined));
  await waitFor('status to forget it', SOON, async () =>
    (await application())?.status?.flower === undefined ? true : undefined,
  );
  assert.ok(await get(PERSISTENT_VOLUME_CLAIMS));
});

test.run();
