import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBrokerUrl, redacted } from './broker-url.ts';
import { SCHEMES, supportsRemoteControl, transportOf } from './transports.ts';

const FINE: readonly [url: string, parts: object, shown: string][] = [
  [
    'redis://redis:6379/1',
    { transport: 'redis', host: 'redis', port: 6379, database: 1, hasPassword: false },
    'redis://redis',
  ],
  [
    'rediss://:p%40w@redis',
    { transport: 'redis', host: 'redis', database: 0, hasUser: false, plainPassword: true },
    'rediss://redis',
  ],
  ['redis://u:$(PW)@$(HOST):$(PORT)/0', { hasUser: true, hasPassword: true, plainPassword: false }, 'redis://1'],
  ['redis://[fd00::1]:6379/0', { host: 'fd00::1', port: 6379 }, 'redis://[fd00::1]'],
  ['redis://r/0?ssl_cert_reqs=required&x=1', { parameters: ['ssl_cert_reqs', 'x'] }, 'redis://r'],
  ['amqp://u:p@rabbit:5672//', { transport: 'amqp', virtualHost: '/', plainPassword: true }, 'amqp://rabbit'],
  ['amqp://rabbit/shop%2Fblue', { virtualHost: 'shop/blue' }, 'amqp://rabbit'],
  ['pyamqp://rabbit', { transport: 'amqp', virtualHost: '/' }, 'pyamqp://rabbit'],
  [
    'sentinel://:p@s1:26379;sentinel://:p@s2:26379',
    { transport: 'sentinel', host: 's1' },
    'sentinel://s1;sentinel://s2',
  ],
  ['sqs://AKIA:secret@', { transport: 'sqs', plainPassword: true }, 'sqs://'],
  ['sqla+postgresql://u:p@db/shop', { transport: 'sqlalchemy', plainPassword: true }, 'sqla+postgresql://'],
  ['redis+socket:///run/redis.sock', { transport: 'redis' }, 'redis+socket://'],
  ['our.transport.Transport://x', { transport: 'our.transport.Transport' }, 'our.transport.Transport://'],
];

for (const [url, parts, shown] of FINE)
  test(`${url} is read`, () => {
    const parsed = parseBrokerUrl(url) as unknown as Record<string, unknown>;
    assert.equal(Object.fromEntries(Object.keys(parts).map((key) => [key, parsed[key]])), parts);
    assert.is(redacted(url), shown);
  });

for (const [url, problem] of [
  ['', 'is empty'],
  ['redis:6379', 'has no scheme, and kombu would take it for the host of a RabbitMQ'],
  ['valkey://v', "has the scheme valkey, which Celery's transport library does not know"],
  ['redsi://v', "has the scheme redsi, which Celery's transport library does not know"],
  ['redis:///0', "names no host, which means localhost: nothing but the worker's own pod"],
  ['redis://r:port/0', 'has a port that is not a number from 1 to 65535'],
  ['redis://r:99999/0', 'has a port that is not a number from 1 to 65535'],
  ['redis://fd00::1/0', 'has a port that is not a number from 1 to 65535'],
  ['redis://r/main', 'names a Redis database that is not a number'],
  ['redis://:a#b@r/0', 'has "/", "?" or "#" in its user or password, where it ends the host'],
  ['redis://a b/0', 'holds white space'],
  ['redis://a;', 'has an empty part after ";"'],
  ['redis://:a;b@r/0', 'has a part after ";" without a scheme'],
  ['redis://[fd00::1/0', 'has a host that cannot be read'],
  ['redis://a;b', 'has a part after ";" without a scheme'],
] as const)
  test(`${url === '' ? 'an empty URL' : url} is refused`, () => {
    const parsed = parseBrokerUrl(url);
    assert.is('problem' in parsed ? parsed.problem : 'fine', problem);
  });

test('neither a message nor a redacted URL ever holds the password', () => {
  const secret = 'Zq9hunter2';
  const mess = fc.array(
    fc.constantFrom(
      'redis://',
      'amqp://',
      'valkey://',
      ':',
      '@',
      '/',
      '?',
      '#',
      ';',
      'r',
      '[',
      ']',
      '%',
      ' ',
      '+',
      `:${secret}@`,
      `u:${secret}@`,
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(mess, mess, (before, after) => {
      const url = `redis://${before.join('')}:${secret}@${after.join('')}`;
      const parsed = parseBrokerUrl(url);
      if ('problem' in parsed) assert.not.match(JSON.stringify(parsed), secret);
      assert.not.match(redacted(url), secret);
    }),
    { numRuns: 3000 },
  );
});

test('any text is answered', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.ok(parseBrokerUrl(text) && redacted(text))));
});

test('transports without fanout have no remote control', () => {
  assert.equal(
    [...new Set(SCHEMES.map((scheme) => transportOf(scheme) ?? ''))]
      .filter((transport) => supportsRemoteControl(transport))
      .sort(),
    ['amqp', 'filesystem', 'gcpubsub', 'memory', 'mongodb', 'pgmq', 'qpid', 'redis', 'sentinel'],
  );
});

test.run();
