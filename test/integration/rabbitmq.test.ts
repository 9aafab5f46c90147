import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ensureVirtualHost, RabbitmqError, send } from '../../brokers/rabbitmq.ts';
import { bundledUrls } from '../../controller/bundled-broker.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { start, until } from '../celery/processes.ts';
import { celeryVenv } from '../celery/venv.ts';
import { type RabbitmqNode, startRabbitmq } from './rabbitmq-node.ts';

let node: RabbitmqNode;

test.before(async () => {
  node = await startRabbitmq();
});
test.after(() => node.stop());

const virtualHosts = async (): Promise<string[]> =>
  ((await send(node.management, { method: 'GET', path: '/api/vhosts' })) as { name: string }[]).map(({ name }) => name);

/** A cluster in which there is nothing but the broker's Secret. */
function clusterWithSecret(): KubernetesClient {
  const { url, username, password } = node.management;
  const fields = { type: 'rabbitmq', host: node.host, port: String(node.port), username, password, managementUrl: url };
  const data = Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const secret: Secret = { metadata: { name: 'broker' }, data: Object.fromEntries(data) };
  return { get: async () => secret } as unknown as KubernetesClient;
}

const urlsOf = (name: string) =>
  bundledUrls(
    clusterWithSecret(),
    { namespace: 'o', secret: 'broker', registry: 'unused' },
    { namespace: 'team', name },
  );

test('a virtual host is made once and may be asked for again', async () => {
  await ensureVirtualHost(node.management, 'team/a b');
  await ensureVirtualHost(node.management, 'team/a b');
  assert.ok((await virtualHosts()).includes('team/a b'));
  const permissions = await send(node.management, { method: 'GET', path: '/api/vhosts/team%2Fa%20b/permissions' });
  assert.equal(permissions, [{ user: 'celery', vhost: 'team/a b', configure: '.*', write: '.*', read: '.*' }]);
});

test('a wrong password is told from a server that is away', async () => {
  const wrong = { ...node.management, password: 'wrong' };
  const error = await ensureVirtualHost(wrong, 'x').catch((reason: unknown) => reason);
  assert.instance(error, RabbitmqError);
  assert.match((error as RabbitmqError).message, /answers 401 .*user or password are wrong/);
});

test('each application gets a virtual host of its own', async () => {
  const [shop, blog] = [await urlsOf('shop'), await urlsOf('blog')];
  assert.match(shop?.broker ?? '', /\/team\.shop$/);
  assert.match(blog?.broker ?? '', /\/team\.blog$/);
  assert.is(shop?.resultBackend, 'rpc://');
  assert.ok((await virtualHosts()).includes('team.shop'));
  const management = new URL(shop?.management ?? '');
  assert.is(decodeURIComponent(management.password), node.management.password);
});

test('Celery works over the URL, with results by rpc://', async () => {
  const urls = await urlsOf('shop');
  const root = await mkdtemp(join(tmpdir(), 'celery-operator-rpc-'));
  const code = "from celery import Celery\napp = Celery('shop')\n\n@app.task\ndef add(x, y):\n    return x + y\n";
  await writeFile(join(root, 'shop.py'), code);
  const venv = await celeryVenv('5.7.0');
  const options = {
    cwd: root,
    env: {
      PATH: `${join(venv, 'bin')}:/usr/bin:/bin`,
      C_FORCE_ROOT: '1',
      CELERY_BROKER_URL: urls?.broker ?? '',
      CELERY_RESULT_BACKEND: urls?.resultBackend ?? '',
    },
  };
  const worker = start('celery', ['-A', 'shop', 'worker', '-c', '1', '-n', 'a@here', '-l', 'INFO'], options);
  try {
    await until('the worker to be ready', () => worker.output().includes('ready.'), worker.output);
    const asks =
      'from shop import add; print([r.get(timeout=20) for r in [add.delay(i, i) for i in range(50)]] == [2 * i for i in range(50)])';
    const client = start('python', ['-c', asks], options);
    assert.is(await client.ended, 0, client.output());
    assert.match(client.output(), 'True');
    const ping = start('celery', ['-A', 'shop', 'inspect', 'ping', '-t', '10'], options);
    assert.is(await ping.ended, 0, ping.output());
  } finally {
    await worker.stop();
    await rm(root, { recursive: true });
  }
});

test('a broker that lost everything gets its virtual hosts back', async () => {
  await node.restartEmpty();
  assert.equal(await virtualHosts(), ['/']);
  await urlsOf('shop');
  assert.ok((await virtualHosts()).includes('team.shop'));
});

test('a broker that is away is told by its address', async () => {
  await node.down();
  const error = await urlsOf('shop').catch((reason: unknown) => reason);
  assert.instance(error, RabbitmqError);
  assert.match((error as RabbitmqError).message, /RabbitMQ at 127\.0\.0\.1:\d+ does not answer: ECONNREFUSED/);
  assert.not.match((error as RabbitmqError).message, node.management.password);
});

test.run();
