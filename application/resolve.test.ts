import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Spec, WorkerSpec } from './celery-application.ts';
import { quantity } from './quantity.ts';
import { type ResolvedWorker, resolve } from './resolve.ts';

function worker(own: Partial<WorkerSpec> = {}, shared: Partial<Spec> = {}): ResolvedWorker {
  const application = resolve({
    metadata: { name: 'shop' },
    spec: { image: 'a', broker: { url: 'redis://r/0' }, workers: [{ name: 'default', ...own }], ...shared },
  });
  const [first] = application.workers;
  assert.ok(first);
  return first;
}

test('concurrency is what is asked for, else the setting, else the CPUs the container may use, else one', () => {
  assert.is(worker({ concurrency: 7 }, { config: { worker_concurrency: 3 } }).concurrency, 7);
  assert.is(worker({}, { config: { worker_concurrency: 3 } }).concurrency, 3);
  assert.is(worker({ resources: { limits: { cpu: '1500m' }, requests: { cpu: 1 } } }).concurrency, 2);
  assert.is(worker({ resources: { requests: { cpu: '3' } } }).concurrency, 3);
  assert.is(
    worker({ podTemplate: { spec: { containers: [{ name: 'celery', resources: { limits: { cpu: 4 } } }] } } })
      .concurrency,
    4,
  );
  assert.is(worker().concurrency, 1);
});

test('the grace period follows the task time limit, from the command line before the settings', () => {
  assert.is(worker().terminationGracePeriodSeconds, 600);
  assert.is(worker({}, { config: { task_time_limit: 100 } }).terminationGracePeriodSeconds, 130);
  assert.is(
    worker({ args: ['--time-limit', '50.5'] }, { config: { task_time_limit: 100 } }).terminationGracePeriodSeconds,
    81,
  );
  assert.is(worker({ timeLimitSeconds: 20 }, { config: { task_time_limit: 100 } }).terminationGracePeriodSeconds, 50);
  assert.is(
    worker({ terminationGracePeriodSeconds: 5 }, { config: { task_time_limit: 100 } }).terminationGracePeriodSeconds,
    5,
  );
});

test('only pools that answer while they work are pinged', () => {
  assert.ok(worker().ping);
  assert.ok(worker({ pool: 'threads' }).ping);
  assert.is(worker({ pool: 'solo' }).ping, undefined);
  assert.is(worker({ pool: 'gevent' }).ping, undefined);
});

test('where remote control is off, or the transport has none, nothing is pinged', () => {
  assert.is(worker({}, { config: { worker_enable_remote_control: false } }).ping, undefined);
  assert.is(worker({}, { broker: { url: 'sqs://' } }).ping, undefined);
});

test('a restart for silence takes at least 90 s by default', () => {
  const ping = worker().ping;
  assert.ok(ping && ping.periodSeconds * ping.failureThreshold >= 90);
});

test('quantities are read as Kubernetes writes them', () => {
  assert.is(quantity('500m'), 0.5);
  assert.is(quantity('1Gi'), 2 ** 30);
  assert.is(quantity('1e3'), 1000);
  assert.is(quantity(2), 2);
  assert.is(quantity('two'), undefined);
});

test('a transport on which workers cannot answer gets no ping, whatever its scheme', () => {
  for (const url of ['sqs://', 'etcd://e:2379', 'sqla+postgresql://db/x', 'kafka://k'])
    assert.is(worker({}, { broker: { url } }).ping, undefined, url);
  for (const url of ['amqp://r', 'sentinel://s', 'redis://r/0']) assert.ok(worker({}, { broker: { url } }).ping, url);
});

test('the management URL is one’s own, or the bundled broker’s, or none', () => {
  const management = (broker: Spec['broker']) => resolve({ metadata: {}, spec: { image: 'a', broker } }).management;
  assert.is(management({ url: 'amqp://r' }), undefined);
  assert.equal(management({ url: 'amqp://r', managementUrl: 'http://r:15672' }), {
    kind: 'url',
    url: 'http://r:15672',
  });
  assert.equal(management({ bundled: {} }), { kind: 'bundled' });
  assert.equal(management({ bundled: {}, managementUrlFrom: { secretKeyRef: { name: 's', key: 'k' } } }), {
    kind: 'secret',
    name: 's',
    key: 'k',
  });
});

test.run();
