import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { brokerAccess } from './broker-access.ts';
import { redisKeys, redisLists } from './redis-lists.ts';

test('a Redis URL is taken apart, with its credentials decoded', () => {
  assert.equal(brokerAccess('redis://me:s%40cret@redis.data:6380/3'), {
    kind: 'redis',
    nodes: [{ host: 'redis.data', port: 6380 }],
    database: 3,
    tls: false,
    anyCertificate: false,
    username: 'me',
    password: 's@cret',
  });
  assert.equal(brokerAccess('redis://r'), {
    kind: 'redis',
    nodes: [{ host: 'r', port: 6379 }],
    database: 0,
    tls: false,
    anyCertificate: false,
  });
});

test('TLS and certificates that are not looked at are seen', () => {
  const access = brokerAccess('rediss://:p@r/0?ssl_cert_reqs=CERT_NONE');
  assert.ok(access?.kind === 'redis');
  assert.ok(access.tls && access.anyCertificate);
  assert.is(access.username, undefined);
  const checked = brokerAccess('rediss://r/0?ssl_cert_reqs=required');
  assert.ok(checked?.kind === 'redis' && !checked.anyCertificate);
});

test('all sentinels are listed, of other alternates the first is taken', () => {
  const sentinel = brokerAccess('sentinel://:p@a:26379/1;sentinel://:p@b');
  assert.ok(sentinel?.kind === 'sentinel');
  assert.equal(sentinel.nodes, [
    { host: 'a', port: 26379 },
    { host: 'b', port: 26379 },
  ]);
  assert.is(sentinel.database, 1);
  const redis = brokerAccess('redis://a/0;redis://b/0');
  assert.ok(redis?.kind === 'redis');
  assert.is(redis.nodes.length, 1);
});

test('a RabbitMQ URL has a virtual host, and guest where nobody is named', () => {
  assert.equal(brokerAccess('pyamqp://rabbit//'), {
    kind: 'amqp',
    node: { host: 'rabbit', port: 5672 },
    virtualHost: '/',
    tls: false,
    username: 'guest',
    password: 'guest',
  });
  const tls = brokerAccess('amqps://u:p%2Fq@rabbit/shop');
  assert.ok(tls?.kind === 'amqp');
  assert.equal([tls.node.port, tls.virtualHost, tls.username, tls.password], [5671, 'shop', 'u', 'p/q']);
});

test('what only the worker reaches is no access', () => {
  for (const url of [
    'redis://localhost/0',
    'redis://127.0.0.1/0',
    'redis+socket:///run/redis.sock',
    'redis://:$(PASSWORD)@r/0',
    'sqs://',
    'nonsense',
    '',
  ])
    assert.is(brokerAccess(url), undefined, url);
});

test('a queue is one list for each priority step, under the names that kombu gives them', () => {
  assert.equal(redisLists('celery', redisKeys(undefined)), [
    'celery',
    'celery\x06\x163',
    'celery\x06\x166',
    'celery\x06\x169',
  ]);
  assert.equal(redisLists('a', redisKeys({ sep: ':', priority_steps: [0, 5, 5], global_keyprefix: 'x.' })), [
    'x.a',
    'x.a:5',
  ]);
  assert.equal(redisKeys({ priority_steps: 'all', sep: 7 }), redisKeys({}));
});

test.run();
