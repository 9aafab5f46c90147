import type { Secret } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Spec } from '../application/celery-application.ts';
import { resolve } from '../application/resolve.ts';
import { RabbitmqError } from '../brokers/rabbitmq.ts';
import { holds, readUrls, type UrlReader } from './broker-urls.ts';
import { nextDatabase } from './redis-databases.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

function read(spec: Partial<Spec>, reader: Partial<UrlReader> = {}) {
  const application = resolve({
    metadata: { name: 'shop', namespace: 'n' },
    spec: { image: 'a', broker: { url: 'redis://r' }, ...spec },
  });
  return readUrls(application, { secret: async () => undefined, bundled: async () => undefined, ...reader });
}

const FROM = { urlFrom: { secretKeyRef: { name: 'broker', key: 'url' } } };

test('a URL in the application needs no copy', async () => {
  assert.equal(await read({}), { urls: {} });
});

test('a Secret’s value is read without the newline that editors leave', async () => {
  const secret: Secret = { data: { url: encode('redis://:pw@r/0\n') } };
  assert.equal(await read({ broker: FROM }, { secret: async () => secret }), {
    urls: { 'broker-url': 'redis://:pw@r/0' },
  });
});

test('a missing Secret is named with what to do', async () => {
  const result = await read({ broker: FROM });
  assert.ok('problem' in result);
  assert.is(
    result.problem.message,
    'spec.broker.urlFrom.secretKeyRef: Secret "broker" does not exist in namespace "n"; create it, or correct the name',
  );
});

test('a missing key is named with the keys there are, and no value', async () => {
  const result = await read(
    { resultBackend: FROM },
    { secret: async () => ({ data: { password: encode('geheim') } }) },
  );
  assert.ok('problem' in result);
  assert.is(
    result.problem.message,
    'spec.resultBackend.urlFrom.secretKeyRef: Secret "broker" has no value under the key "url"; it has password',
  );
});

test('without a bundled broker the chart’s value is named', async () => {
  const result = await read({ broker: { bundled: {} } });
  assert.ok('problem' in result);
  assert.match(result.problem.message, 'broker.enabled=true');
});

const RABBITMQ = {
  broker: 'amqp://u:p@h/n.shop',
  resultBackend: 'rpc://',
  management: 'http://u:p@h:15672',
};

test('a bundled RabbitMQ gives broker, results and its HTTP API', async () => {
  const spec = { broker: { bundled: {} }, resultBackend: { bundled: {} } };
  assert.equal(await read(spec, { bundled: async () => RABBITMQ }), {
    urls: { 'broker-url': RABBITMQ.broker, 'result-backend': 'rpc://', 'management-url': RABBITMQ.management },
  });
});

test('a bundled Redis has no HTTP API', async () => {
  const bundled = async () => ({ broker: 'redis://r/1', resultBackend: 'redis://r/1' });
  assert.equal(await read({ broker: { bundled: {} } }, { bundled }), { urls: { 'broker-url': 'redis://r/1' } });
});

test('a management URL of the application’s own wins over the bundled one', async () => {
  const broker = { bundled: {}, managementUrlFrom: { secretKeyRef: { name: 'rabbit', key: 'http' } } };
  const secret: Secret = { data: { http: encode('http://own:15672') } };
  assert.equal(await read({ broker }, { bundled: async () => RABBITMQ, secret: async () => secret }), {
    urls: { 'broker-url': RABBITMQ.broker, 'management-url': 'http://own:15672' },
  });
});

test('a RabbitMQ that is away is a problem that is tried again, not a failure', async () => {
  const result = await read(
    { broker: { bundled: {} } },
    {
      bundled: async () => {
        throw new RabbitmqError('RabbitMQ at broker.svc:15672 does not answer: ECONNREFUSED');
      },
    },
  );
  assert.ok('problem' in result);
  assert.is(result.problem.reason, 'BundledBrokerUnavailable');
  assert.is(result.problem.final, false);
  assert.match(result.problem.message, /^spec\.broker\.bundled: RabbitMQ at broker\.svc:15672 does not answer/);
});

test('any other failure is not hidden', async () => {
  const failing = async (): Promise<never> => {
    throw new Error('the API server is away');
  };
  const error = await read({ broker: { bundled: {} } }, { bundled: failing }).catch((reason: unknown) => reason);
  assert.match((error as Error).message, 'the API server is away');
});

test('a Secret is used again only when it holds just these URLs', () => {
  const secret: Secret = { data: { 'broker-url': encode('a') } };
  assert.ok(holds(secret, { 'broker-url': 'a' }));
  assert.not(holds(secret, { 'broker-url': 'b' }));
  assert.not(holds(secret, { 'broker-url': 'a', 'result-backend': 'b' }));
  assert.not(holds(secret, {}));
});

test('a database is never given away twice', () => {
  assert.is(nextDatabase({}), 0);
  assert.is(nextDatabase({ 'n.a': '0', 'n.b': '7' }), 8);
  assert.throws(() => nextDatabase({ 'n.a': '4095' }), 'all 4096 databases');
});

test.run();
