import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, help, readConfig } from './config.ts';
import { budget } from './deadline.ts';

test('a namespace is enough', () => {
  const config = readConfig([], { NAMESPACE: 'ops' });
  assert.is(config?.port, 9443);
  assert.is(config?.metricsPort, 8080);
  assert.is(config?.bundledBroker, undefined);
  assert.is(config?.files, undefined);
});

test('options win over the environment', () => {
  assert.is(readConfig(['--port', '1', '--namespace=ops'], { PORT: '2' })?.port, 1);
});

for (const [env, sentence] of [
  [{}, /NAMESPACE .* must be set/],
  [{ NAMESPACE: 'a', PORT: '70000' }, /PORT is "70000"; it must be a whole number from 0 to 65535/],
  [{ NAMESPACE: 'a', METRICS_PORT: 'x' }, /METRICS_PORT is "x"/],
  [{ NAMESPACE: 'a', BUNDLED_BROKER: 'kafka' }, /BUNDLED_BROKER is "kafka"; it must be redis, rabbitmq/],
  [{ NAMESPACE: 'a', LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud"/],
  [{ NAMESPACE: 'a', TLS_CERT_FILE: '/x' }, /must be set together/],
] as const) {
  test(`${JSON.stringify(env)} is refused in one sentence`, () => {
    assert.throws(
      () => readConfig([], env),
      (error: unknown) => error instanceof ConfigError && sentence.test(error.message) && !error.message.includes('\n'),
    );
  });
}

test('an unknown option is refused, help names every setting', () => {
  assert.throws(() => readConfig(['--colour'], { NAMESPACE: 'a' }), /colour/);
  assert.is(readConfig(['--help'], {}), undefined);
  for (const name of ['NAMESPACE', 'CA_SECRET', 'TLS_KEY_FILE']) assert.match(help(), name);
});

test('an answer is due after four fifths of what the API server waits', () => {
  assert.is(budget('5s'), 4000);
  assert.is(budget('1.5s'), 1200);
  assert.is(budget('500ms'), 400);
  assert.is(budget('0m10s'), 8000);
  for (const odd of [undefined, '', '-1s', '5', 'x', ['5s'], '0s', '1h']) assert.is(budget(odd), 8000);
  assert.is(budget('10m'), 24_000);
});

test.run();
