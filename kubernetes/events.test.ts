import type { Event } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from './errors.ts';
import { eventRecorder } from './events.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

const shop = {
  apiVersion: 'celeryproject.org/v1beta1',
  kind: 'CeleryApplication',
  metadata: { namespace: 'shop', name: 'shop', uid: 'u', resourceVersion: '5' },
};

function recorder(failure?: () => Error | undefined) {
  const created: Event[] = [];
  const patched: [name: string, patch: unknown][] = [];
  const logged: string[] = [];
  let now = Date.UTC(2026, 0, 1);
  const client = {
    async create(_: unknown, event: Event) {
      const error = failure?.();
      if (error) throw error;
      created.push(event);
      return event;
    },
    async patch(_: unknown, name: string, patch: unknown) {
      const error = failure?.();
      if (error) throw error;
      patched.push([name, patch]);
    },
  } as unknown as Pick<KubernetesClient, 'create' | 'patch'>;
  const events = eventRecorder(client, {
    component: 'celery-operator',
    instance: 'pod-1',
    now: () => now,
    log: (message) => logged.push(message),
  });
  return {
    ...events,
    created,
    patched,
    logged,
    pass(ms: number) {
      now += ms;
    },
  };
}

test('an event names its object, its source and when', async () => {
  const { event, flush, created } = recorder();
  event(shop, 'Normal', 'Created', 'Created Deployment shop-worker');
  await flush();
  const [first] = created;
  assert.match(first?.metadata.name ?? '', /^shop\.[0-9a-f]{16}$/);
  assert.is(first?.metadata.namespace, 'shop');
  assert.equal(first?.involvedObject, {
    apiVersion: shop.apiVersion,
    kind: shop.kind,
    ...shop.metadata,
  });
  assert.equal([first?.type, first?.reason, first?.count], ['Normal', 'Created', 1]);
  assert.equal(
    [first?.source, first?.reportingComponent],
    [{ component: 'celery-operator', host: 'pod-1' }, 'celery-operator'],
  );
  assert.is(String(first?.lastTimestamp), '2026-01-01T00:00:00Z');
});

test('the same event again raises the count of the first', async () => {
  const { event, flush, created, patched, pass } = recorder();
  for (let i = 0; i < 3; i++) {
    event(shop, 'Warning', 'BrokerUnreachable', 'no route');
    pass(1_000);
  }
  event(shop, 'Warning', 'BrokerUnreachable', 'another');
  await flush();
  assert.is(created.length, 2);
  assert.equal(patched, [
    [created[0]?.metadata.name, { count: 2, lastTimestamp: '2026-01-01T00:00:01Z' }],
    [created[0]?.metadata.name, { count: 3, lastTimestamp: '2026-01-01T00:00:02Z' }],
  ]);
});

test('an event that the server has forgotten is made anew', async () => {
  let gone = false;
  const { event, flush, created } = recorder(() => {
    if (!gone) return undefined;
    gone = false;
    return new ApiError({ status: 404, reason: 'NotFound', message: '' });
  });
  event(shop, 'Normal', 'Created', 'once');
  await flush();
  gone = true;
  event(shop, 'Normal', 'Created', 'once');
  await flush();
  assert.is(created.length, 2);
});

test('one object cannot flood: 25 at once, then one per five minutes; others are unaffected', async () => {
  const { event, flush, created, pass } = recorder();
  const other = { ...shop, metadata: { ...shop.metadata, name: 'other', uid: 'v' } };
  for (let i = 0; i < 100; i++) event(shop, 'Normal', 'Created', `number ${i}`);
  event(other, 'Normal', 'Created', 'mine');
  await flush();
  assert.is(created.length, 26);
  pass(300_000);
  for (let i = 0; i < 100; i++) event(shop, 'Normal', 'Created', `later ${i}`);
  await flush();
  assert.is(created.length, 27);
});

test('a failure is logged and nothing else', async () => {
  const { event, flush, logged } = recorder(
    () => new ApiError({ status: 403, reason: 'Forbidden', message: 'terminating' }),
  );
  event(shop, 'Normal', 'Created', 'x');
  event({}, 'Normal', 'Created', 'about nothing');
  await flush();
  assert.is(logged.length, 2);
});

test('an object without namespace has its events in default, and long texts are cut', async () => {
  const { event, flush, created } = recorder();
  const name = 'n'.repeat(253);
  event({ kind: 'Namespace', metadata: { name } }, 'Normal', 'Created', 'm'.repeat(5_000));
  await flush();
  assert.is(created[0]?.metadata.namespace, 'default');
  assert.ok((created[0]?.metadata.name ?? '').length <= 253);
  assert.is(created[0]?.message?.length, 1024);
});

test.run();
