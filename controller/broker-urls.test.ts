import type { Secret } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Spec } from '../application/celery-application.ts';
import { resolve } from '../application/resolve.ts';
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
