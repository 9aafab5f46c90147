import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, Secret } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CELERY_APPLICATIONS, observe } from '../../controller/observe.ts';
import { sweeper } from '../../controller/sweep.ts';
import { type ApiObject, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, SECRETS } from '../../kubernetes/client.ts';
import { waitFor } from '../../scripts/local-cluster/index.ts';
import { type RunningController, type Server, serverWithCrd, startController } from './running-controller.ts';

const SPACE = 'rotation';
const OWN = 'celeryproject.org/application=shop,app.kubernetes.io/component=broker';
const HOUR = 60 * 60 * 1000;

let server: Server;
let controller: RunningController;

test.before(async () => {
  server = await serverWithCrd();
  const apply = (resource: typeof NAMESPACES, object: object) =>
    server.client.apply(resource, object as ApiObject, { fieldManager: 'test' });
  await apply(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SPACE } });
  await write('first');
  await apply(CELERY_APPLICATIONS, {
    apiVersion: 'celeryproject.org/v1beta1',
    kind: 'CeleryApplication',
    metadata: { name: 'shop', namespace: SPACE },
    spec: {
      image: 'shop:1',
      app: 'shop',
      broker: { urlFrom: { secretKeyRef: { name: 'given', key: 'url' } } },
      workers: [{ name: 'default' }],
    },
  });
  controller = startController(server);
});

test.after(async () => {
  await controller.stop();
  await server.stop();
});

async function write(password: string): Promise<void> {
  const metadata = { name: 'given', namespace: SPACE };
  const stringData = { url: `redis://:${password}@redis/0` };
  await server.client.apply(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata, stringData } as ApiObject, {
    fieldManager: 'test',
    force: true,
  });
}

const copies = async (): Promise<Secret[]> =>
  (await server.client.list<Secret>(SECRETS, { namespace: SPACE, labelSelector: OWN })).items;
const passwordIn = (secret: Secret | undefined): string =>
  Buffer.from(secret?.data?.['broker-url'] ?? '', 'base64').toString();

/** The Secret that the Deployment's pods take their broker from. */
async function used(): Promise<string | undefined> {
  const deployment = await server.client.get<Deployment>(DEPLOYMENTS, 'shop-worker-default', SPACE);
  const env = deployment?.spec?.template.spec?.containers[0]?.env;
  return env?.find(({ name }) => name === 'CELERY_BROKER_URL')?.valueFrom?.secretKeyRef?.name;
}

test('a copy that pods may still use stays, and goes when nothing has referred to it for an hour', async () => {
  const before = await waitFor('a Deployment', 30_000, used);
  // A controller that starts reads every Secret anew: no need to wait for the minute that a running one takes.
  await controller.stop();
  await write('second');
  controller = startController(server, 'two');
  const current = await waitFor('another copy in use', 30_000, async () => {
    const name = await used();
    return name === before ? undefined : name;
  });
  assert.equal((await copies()).map(passwordIn).sort(), ['redis://:first@redis/0', 'redis://:second@redis/0']);
  const stop = new AbortController();
  const observed = observe(
    server.client,
    () => {},
    () => {},
    stop.signal,
  );
  await observed.synced;
  let now = Date.now();
  const own = sweeper(server.client, observed, () => now);
  await own.sweep(stop.signal);
  assert.is((await copies()).length, 2);
  // First the settings that name it, and an hour after them the copy itself.
  now += HOUR + 1000;
  await own.sweep(stop.signal);
  await waitFor(
    'the cache to see the old settings gone',
    30_000,
    async () => observed.configMaps.of(`${SPACE}/shop`).size === 2,
  );
  assert.is((await copies()).length, 2);
  now += HOUR + 1000;
  await own.sweep(stop.signal);
  assert.equal(
    (await copies()).map((secret) => secret.metadata?.name),
    [current],
  );
  const settings = await server.client.list<ConfigMap>(CONFIG_MAPS, {
    namespace: SPACE,
    labelSelector: 'celeryproject.org/application=shop',
  });
  assert.is(settings.items.length, 2);
  stop.abort();
});

test.run();
