import { readFileSync } from 'node:fs';
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { ConfigMap, Event } from 'kubernetes-types/core/v1.d.ts';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type WatchCacheOptions, watchCache } from '../../kubernetes/cache.ts';
import {
  ApiError,
  type ApiObject,
  CONFIG_MAPS,
  createClient,
  DEPLOYMENTS,
  EVENTS,
  isAlreadyExists,
  isConflict,
  isExpired,
  isFieldConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  type KubernetesClient,
  NAMESPACES,
} from '../../kubernetes/client.ts';
import { eventRecorder } from '../../kubernetes/events.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';
import { elect } from '../../kubernetes/lease.ts';
import { contains, firstDifference } from '../../kubernetes/server-side-apply.ts';
import { type ControlPlane, controlPlane } from '../../scripts/local-cluster/control-plane.ts';
import { apiServerProcess } from './api-server-process.ts';
import { faultyProxy } from './faulty-proxy.ts';

let plane: ControlPlane;
let client: KubernetesClient;
let namespaces = 0;

test.before(async () => {
  plane = await controlPlane();
  client = createClient(kubeconfigConfig(plane.adminKubeconfig));
});
test.after(async () => {
  client.close();
  await plane.stop();
});

async function newNamespace(): Promise<string> {
  namespaces += 1;
  const name = `test-${namespaces}`;
  await client.create(NAMESPACES, { metadata: { name } });
  return name;
}

async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  for (const end = performance.now() + ms; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function failure(result: Promise<unknown>): Promise<ApiError> {
  try {
    await result;
  } catch (error) {
    assert.instance(error, ApiError);
    return error as ApiError;
  }
  throw new Error('it succeeded');
}

const map = (namespace: string, name: string, data: Record<string, string> = {}, more: ObjectMeta = {}): ConfigMap => ({
  metadata: { namespace, name, ...more },
  data,
});

/** A client of its own that reaches the API server through a proxy. */
async function throughProxy() {
  const proxy = await faultyProxy(plane.server);
  const config = { server: proxy.server, ca: readFileSync(plane.caFile, 'utf8'), token: () => plane.token };
  const proxied = createClient({ ...config, namespace: 'default' }, { timeoutMs: 2_000 });
  const close = async (): Promise<void> => {
    proxied.close();
    await proxy.close();
  };
  return { proxy, client: proxied, close };
}

function running(source: KubernetesClient, namespace: string, options: WatchCacheOptions<ConfigMap> = {}) {
  const changes: string[] = [];
  const errors: unknown[] = [];
  const stop = new AbortController();
  const cache = watchCache<ConfigMap>(source, CONFIG_MAPS, {
    namespace,
    fieldSelector: 'metadata.name!=kube-root-ca.crt',
    backoff: { baseMs: 50, capMs: 500 },
    onChange: (key, object) => void changes.push(`${key} ${object ? JSON.stringify(object.data ?? {}) : 'gone'}`),
    log: (_, { error }) => void errors.push(error),
    ...options,
  });
  const done = cache.start(stop.signal);
  return {
    cache,
    changes,
    errors,
    async stop() {
      stop.abort();
      await done;
    },
  };
}

test('an object is created, read, replaced, patched and deleted', async () => {
  const namespace = await newNamespace();
  const created = await client.create(CONFIG_MAPS, map(namespace, 'a', { x: '1' }));
  assert.ok(isAlreadyExists(await failure(client.create(CONFIG_MAPS, map(namespace, 'a')))));
  const updated = await client.update(CONFIG_MAPS, { ...created, data: { x: '2' } });
  const stale = await failure(client.update(CONFIG_MAPS, { ...created, data: { x: '3' } }));
  assert.ok(isConflict(stale) && !isFieldConflict(stale));
  await client.patch(CONFIG_MAPS, 'a', { data: { y: 'merged' } }, { type: 'merge', namespace });
  const operations = [{ op: 'replace', path: '/data/x', value: 'json' }];
  await client.patch(CONFIG_MAPS, 'a', operations, { type: 'json', namespace });
  const read = await client.get<ConfigMap>(CONFIG_MAPS, 'a', namespace);
  assert.equal(read?.data, { x: 'json', y: 'merged' });
  assert.is(read?.metadata?.uid, updated.metadata?.uid);

  const uid = '00000000-0000-0000-0000-000000000000';
  assert.ok(isConflict(await failure(client.delete(CONFIG_MAPS, 'a', { namespace, uid }))));
  assert.ok(await client.delete(CONFIG_MAPS, 'a', { namespace, uid: read?.metadata?.uid }));
  assert.not.ok(await client.delete(CONFIG_MAPS, 'a', { namespace }));
  assert.is(await client.get(CONFIG_MAPS, 'a', namespace), undefined);
});

test('a dry run stores nothing, and refusals are told apart', async () => {
  const namespace = await newNamespace();
  await client.create(CONFIG_MAPS, map(namespace, 'a'), { dryRun: true });
  assert.is(await client.get(CONFIG_MAPS, 'a', namespace), undefined);
  assert.ok(isInvalid(await failure(client.create(CONFIG_MAPS, map(namespace, 'Not A Name')))));
  assert.ok(isNotFound(await failure(client.create(CONFIG_MAPS, map('no-such-namespace', 'a')))));
  const anonymous = createClient({ server: plane.server, ca: readFileSync(plane.caFile, 'utf8'), namespace });
  const refused = await failure(anonymous.get(CONFIG_MAPS, 'a', namespace));
  assert.ok(refused.status === 401 || isForbidden(refused));
  anonymous.close();
});

test('a certificate of an unknown authority is not trusted', async () => {
  const stranger = createClient({ server: plane.server, token: () => plane.token, namespace: 'default' });
  try {
    await stranger.read('/version');
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), 'ConnectionError');
    assert.not.match(String(error), plane.token);
  }
  stranger.close();
});

test('a replaced authority and a replaced token are used at once', async () => {
  const right = readFileSync(plane.caFile, 'utf8');
  let ca: string | undefined;
  let token = 'wrong';
  const rotating = createClient({ server: plane.server, ca: () => ca, token: () => token, namespace: 'default' });
  assert.match(String(await rotating.read('/version').catch((error: unknown) => error)), 'ConnectionError');
  ca = right;
  assert.is((await failure(rotating.read('/version'))).status, 401);
  token = plane.token;
  assert.ok(await rotating.read('/version'));
  ca = undefined; // the connection verified by the old one is not used any more
  assert.match(String(await rotating.read('/version').catch((error: unknown) => error)), 'ConnectionError');
  rotating.close();
});

test('apply removes what is no longer wanted and keeps what others own', async () => {
  const namespace = await newNamespace();
  const options = { fieldManager: 'celery-operator' };
  await client.apply(CONFIG_MAPS, map(namespace, 'a', { mine: '1', old: '1' }), options);
  await client.patch(
    CONFIG_MAPS,
    'a',
    { data: { theirs: '1' } },
    { type: 'merge', namespace, fieldManager: 'kubectl' },
  );
  const applied = await client.apply(CONFIG_MAPS, map(namespace, 'a', { mine: '2' }), options);
  assert.equal(applied.data, { mine: '2', theirs: '1' });
});

test('apply without force conflicts over a field of another manager, with force takes it', async () => {
  const namespace = await newNamespace();
  await client.apply(CONFIG_MAPS, map(namespace, 'a', { x: 'theirs' }), { fieldManager: 'other' });
  const mine = map(namespace, 'a', { x: 'mine' });
  const conflict = await failure(client.apply(CONFIG_MAPS, mine, { fieldManager: 'celery-operator' }));
  assert.ok(isFieldConflict(conflict));
  assert.is(conflict.details?.causes?.[0]?.field, '.data.x');
  const taken = await client.apply(CONFIG_MAPS, mine, { fieldManager: 'celery-operator', force: true });
  assert.equal(taken.data, { x: 'mine' });
});

test('apply with a uid touches neither a successor nor nothing', async () => {
  const namespace = await newNamespace();
  const first = await client.create(CONFIG_MAPS, map(namespace, 'a'));
  const mine = map(namespace, 'a', { x: '1' }, { uid: first.metadata?.uid ?? '' });
  await client.delete(CONFIG_MAPS, 'a', { namespace });
  assert.ok(isConflict(await failure(client.apply(CONFIG_MAPS, mine, { fieldManager: 'me', force: true }))));
  await client.create(CONFIG_MAPS, map(namespace, 'a', { x: 'foreign' }));
  const refused = await failure(client.apply(CONFIG_MAPS, mine, { fieldManager: 'me', force: true }));
  assert.ok(isConflict(refused) && !isInvalid(refused));
  assert.equal((await client.get<ConfigMap>(CONFIG_MAPS, 'a', namespace))?.data, { x: 'foreign' });
});

test('a Deployment as the server returns it contains what was applied, until somebody changes it', async () => {
  const namespace = await newNamespace();
  const labels = { app: 'shop' };
  const wanted: Deployment & ApiObject = {
    metadata: { namespace, name: 'shop', labels, annotations: {} },
    spec: {
      replicas: 1,
      paused: false,
      minReadySeconds: 0,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: {} },
        spec: {
          hostNetwork: false,
          automountServiceAccountToken: false,
          nodeSelector: {},
          tolerations: [],
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          affinity: { podAntiAffinity: {} },
          hostAliases: [{ ip: '10.0.0.1', hostnames: ['broker'] }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'zone',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            },
          ],
          initContainers: [{ name: 'wait', image: 'shop:1', resources: {} }],
          containers: [
            {
              name: 'worker',
              image: 'shop:1',
              command: ['celery'],
              args: [],
              env: [
                { name: 'EMPTY', value: '' },
                { name: 'URL', valueFrom: { secretKeyRef: { name: 'broker', key: 'broker-url' } } },
                { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1000m' } } },
              ],
              envFrom: [{ configMapRef: { name: 'settings' } }],
              ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: 'UDP' }],
              resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '1e-1' } },
              securityContext: { capabilities: { drop: ['ALL'] }, privileged: false },
              volumeMounts: [{ name: 'celery-config', mountPath: '/etc/celery', readOnly: false, subPath: '' }],
              livenessProbe: { exec: { command: ['true'] }, periodSeconds: 30 },
              tty: false,
            },
          ],
          volumes: [
            {
              name: 'celery-config',
              configMap: { name: 'shop', items: [{ key: 'config.yaml', path: 'config.yaml' }] },
            },
            { name: 'scratch', emptyDir: {} },
            { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1024Mi' } },
            { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
          ],
        },
      },
    },
  };
  const manager = { fieldManager: 'celery-operator', force: true };
  const applied = await client.apply(DEPLOYMENTS, wanted, manager);
  assert.is(firstDifference(wanted, applied), undefined);
  const again = await client.apply(DEPLOYMENTS, wanted, manager);
  assert.is(again.metadata?.resourceVersion, applied.metadata?.resourceVersion, 'applying it again changes nothing');

  await client.patch(DEPLOYMENTS, 'shop', { spec: { replicas: 5 } }, { type: 'merge', namespace });
  const scaled = await client.get<Deployment & ApiObject>(DEPLOYMENTS, 'shop', namespace);
  assert.is(firstDifference(wanted, scaled), 'spec.replicas');
  assert.ok(contains(wanted, await client.apply(DEPLOYMENTS, wanted, manager)));
});

test('more objects than a page are all listed, and all cached', async () => {
  const namespace = await newNamespace();
  const count = 1_100;
  let next = 0;
  const creator = async (): Promise<void> => {
    while (next < count) await client.create(CONFIG_MAPS, map(namespace, `map-${next++}`));
  };
  await Promise.all(Array.from({ length: 16 }, creator));
  const page = await client.list<ConfigMap>(CONFIG_MAPS, { namespace, limit: 500 });
  assert.is(page.items.length, 500);
  assert.ok(page.metadata.continue);
  assert.equal([page.items[0]?.apiVersion, page.items[0]?.kind], ['v1', 'ConfigMap']);
  const { cache, stop } = running(client, namespace);
  await cache.synced;
  assert.is(cache.list().length, count);
  await stop();
});

test('a cache sees creation, change and deletion', async () => {
  const namespace = await newNamespace();
  await client.create(CONFIG_MAPS, map(namespace, 'before'));
  const { cache, changes, stop } = running(client, namespace);
  await cache.synced;
  await client.create(CONFIG_MAPS, map(namespace, 'a', { x: 'grün 🌱' }));
  await client.patch(CONFIG_MAPS, 'a', { data: { x: '2' } }, { type: 'merge', namespace });
  await until('the change', () => cache.get(namespace, 'a')?.data?.x === '2');
  await client.delete(CONFIG_MAPS, 'a', { namespace });
  await until('four changes', () => changes.length === 4);
  assert.equal(changes, [
    `${namespace}/before {}`,
    `${namespace}/a {"x":"grün 🌱"}`,
    `${namespace}/a {"x":"2"}`,
    `${namespace}/a gone`,
  ]);
  await stop();
});

test('a cache notices a black-holed watch and what it missed', async () => {
  const namespace = await newNamespace();
  const { proxy, client: proxied, close } = await throughProxy();
  await client.create(CONFIG_MAPS, map(namespace, 'a'));
  const { cache, errors, stop } = running(proxied, namespace, { inactivityMs: 1_500 });
  await cache.synced;
  proxy.blackHole();
  await client.delete(CONFIG_MAPS, 'a', { namespace });
  await client.create(CONFIG_MAPS, map(namespace, 'b'));
  await until('the new watch failed too', () => errors.length > 0);
  assert.match(String(errors[0]), 'no answer within 1500 ms');
  proxy.heal();
  await until('recovery', () => cache.get(namespace, 'b') !== undefined && cache.get(namespace, 'a') === undefined);
  await stop();
  await close();
});

test('two candidates: one leads, the other takes over when it vanishes, and at once when it stops', async () => {
  const namespace = await newNamespace();
  const times = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 300 };
  const leading = new Set<string>();
  let most = 0;
  const begin = (source: KubernetesClient, identity: string) => {
    const stop = new AbortController();
    const done = elect(
      source,
      {
        namespace,
        name: 'leader',
        identity,
        ...times,
        onStartedLeading(signal) {
          leading.add(identity);
          most = Math.max(most, leading.size);
          signal.addEventListener('abort', () => leading.delete(identity));
        },
      },
      stop.signal,
    );
    return {
      async stop() {
        stop.abort();
        await done;
      },
    };
  };
  const a = await throughProxy();
  const first = begin(a.client, 'a');
  await until('a leads', () => leading.has('a'));
  const second = begin(client, 'b');
  await new Promise((resolve) => setTimeout(resolve, times.leaseDurationMs + 500)); // a whole term without change
  assert.equal([...leading], ['a']);

  a.proxy.cut();
  await until('b leads', () => leading.has('b'), 8_000);
  a.proxy.heal();
  const third = begin(client, 'c');
  const stoppedAt = performance.now();
  await second.stop();
  await until('a or c leads', () => leading.size === 1, 3_000);
  assert.ok(performance.now() - stoppedAt < 2_000);
  assert.is(most, 1);
  await Promise.all([first.stop(), third.stop()]);
  await a.close();
});

test('a leader without API server stops leading in time and leads again later', async () => {
  const namespace = await newNamespace();
  const { proxy, client: proxied, close } = await throughProxy();
  let terms = 0;
  let leading: AbortSignal | undefined;
  const stop = new AbortController();
  const done = elect(
    proxied,
    {
      ...{
        namespace,
        name: 'leader',
        identity: 'a',
        leaseDurationMs: 3_000,
        renewDeadlineMs: 1_500,
        retryPeriodMs: 200,
      },
      onStartedLeading(signal) {
        terms += 1;
        leading = signal;
      },
    },
    stop.signal,
  );
  await until('leading', () => leading !== undefined);
  proxy.blackHole();
  const begin = performance.now();
  await until('no longer leading', () => leading?.aborted === true);
  const took = performance.now() - begin;
  assert.ok(took < 1_700, `${took} ms`);
  proxy.heal();
  await until('leading again', () => leading?.aborted === false && terms === 2);
  stop.abort();
  await done;
  await close();
});

test('an event is stored once with its count, also for an object without namespace', async () => {
  const namespace = await newNamespace();
  const logged: unknown[] = [];
  const { event, flush } = eventRecorder(client, {
    component: 'celery-operator',
    instance: 'test',
    log: (_, { error }) => logged.push(error),
  });
  const about = await client.create(CONFIG_MAPS, map(namespace, 'a'));
  for (let i = 0; i < 3; i++) event(about, 'Warning', 'BrokerUnreachable', 'no route');
  const space = await client.get(NAMESPACES, namespace);
  event(space ?? {}, 'Normal', 'Noticed', 'hello');
  event(map('no-such-namespace', 'gone'), 'Normal', 'Noticed', 'nobody will see this');
  await flush();
  assert.is(logged.length, 1);
  const events = await client.list<Event>(EVENTS, { namespace, fieldSelector: 'involvedObject.name=a' });
  assert.equal(
    events.items.map(({ reason, count, involvedObject }) => [reason, count, involvedObject.uid]),
    [['BrokerUnreachable', 3, about.metadata?.uid]],
  );
});

test('an old version is expired after a restart of the API server, and caches recover', async () => {
  const namespace = await newNamespace();
  const { proxy, client: proxied, close } = await throughProxy();
  for (const name of ['kept', 'lost', 'changed']) await client.create(CONFIG_MAPS, map(namespace, name));
  const direct = running(client, namespace);
  const apart = running(proxied, namespace);
  await Promise.all([direct.cache.synced, apart.cache.synced]);
  proxy.cut();
  await client.delete(CONFIG_MAPS, 'lost', { namespace });
  await client.patch(CONFIG_MAPS, 'changed', { data: { x: '2' } }, { type: 'merge', namespace });

  const apiServer = apiServerProcess(plane);
  await apiServer.kill();
  await until('the connection broke', () => direct.errors.length > 0);
  apiServer.start();
  try {
    await until('the API server is back', async () => {
      const ready = await client.read('/readyz').catch((error: unknown) => String(error).includes('not JSON'));
      return Boolean(ready);
    });
    proxy.heal();
    await client.create(CONFIG_MAPS, map(namespace, 'new'));
    for (const { cache } of [direct, apart]) {
      await until('recovery', () => cache.get(namespace, 'new') !== undefined);
      await until('the deletion', () => cache.get(namespace, 'lost') === undefined);
      assert.is(cache.get(namespace, 'changed')?.data?.x, '2');
      assert.is(cache.list().length, 3);
    }
    assert.ok(apart.changes.includes(`${namespace}/lost gone`));
    const expired = (async () => {
      for await (const { type } of client.watch(CONFIG_MAPS, { namespace, resourceVersion: '1', timeoutSeconds: 5 }))
        throw new Error(`unexpected ${type}`);
    })();
    assert.ok(isExpired(await failure(expired)));
  } finally {
    await Promise.all([direct.stop(), apart.stop()]);
    await close();
    apiServer.stop();
  }
});

test.run();
