import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from './config.ts';

test('the namespace is enough', () => {
  const { namespace, defaults, logLevel } = readConfig({ NAMESPACE: 'operators' });
  assert.equal([namespace, defaults, logLevel], ['operators', {}, 'info']);
  assert.throws(() => readConfig({}), 'NAMESPACE is not set');
});

test('defaults for pods come as JSON', () => {
  const { defaults } = readConfig({ NAMESPACE: 'n', DEFAULTS: '{"nodeSelector":{"pool":"batch"}}' });
  assert.equal(defaults, { nodeSelector: { pool: 'batch' } });
  for (const DEFAULTS of ['', '[]', 'null', '{"a":'])
    assert.throws(() => readConfig({ NAMESPACE: 'n', DEFAULTS }), 'DEFAULTS is not a JSON object');
});

test('a log level and a port that do not exist are named', () => {
  assert.throws(() => readConfig({ NAMESPACE: 'n', LOG_LEVEL: 'loud' }), 'LOG_LEVEL is "loud"');
  assert.throws(() => readConfig({ NAMESPACE: 'n', METRICS_PORT: '70000' }), 'METRICS_PORT is "70000"');
});

test.run();
