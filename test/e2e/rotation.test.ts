import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../scripts/installation/target.ts';
import {
  type Namespace,
  namespace,
  operator,
  PATIENCE,
  type PodView,
  SHOP_IMAGE,
  shop,
  submit,
  waitFor,
} from './cluster.ts';

let target: Target;
let space: Namespace;

const URL_FROM = { urlFrom: { secretKeyRef: { name: 'redis', key: 'url' } } };

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'e2e-rotation');
  await write('first');
  await space.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'redis' },
    spec: { selector: { app: 'redis' }, ports: [{ port: 6379 }] },
  });
  await space.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'redis', labels: { app: 'redis' } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'redis',
          image: 'docker.io/library/redis:7',
          imagePullPolicy: 'IfNotPresent',
          args: ['redis-server', '--requirepass', 'first'],
        },
      ],
    },
  });
  await space.kubectl(['wait', '--for=condition=Ready', 'pod/redis', '--timeout=120s']);
  await space.apply(
    shop(SHOP_IMAGE, {
      broker: URL_FROM,
      resultBackend: URL_FROM,
      config: { task_acks_late: true },
      workers: [{ name: 'default', replicas: 2, concurrency: 2 }],
    }),
  );
  await space.ready('shop');
});

test.after(() => space.remove());

async function write(password: string): Promise<void> {
  const stringData = { url: `redis://:${password}@redis:6379/0` };
  await space.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'redis' }, stringData });
}

const redisCli = (password: string, ...words: string[]): Promise<string> =>
  space.kubectl(['exec', 'redis', '--', 'env', `REDISCLI_AUTH=${password}`, 'redis-cli', ...words]);

const uids = async (): Promise<string[]> => (await space.workers('shop')).map((pod) => pod.metadata.uid);

/** Counts of every round that the producer has finished, and its complaints. */
async function rounds(): Promise<{ good: number; bad: string[] }> {
  const lines = (await space.kubectl(['logs', 'producer'])).split('\n');
  const good = lines.filter((line) => line.includes('additions in') && line.includes('right 1000, wrong 0, missing 0'));
  const bad = lines.filter(
    (line) => /^round failed|^wrong:/.test(line) || (line.includes('additions in') && !good.includes(line)),
  );
  return { good: good.length, bad };
}

test('a password rotated under load loses no result, and rolls the workers onto the new one', async () => {
  const before = await uids();
  await space.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'producer', labels: { 'celeryproject.org/application': 'shop' } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'producer',
          image: SHOP_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['python', '-m', 'shop.submit', '--count', '1000', '--every', '0.1', '--timeout', '120'],
        },
      ],
    },
  });
  await waitFor('the load to flow', PATIENCE, async () => (await rounds().catch(() => ({ good: 0 }))).good > 0);
  // As a rotation is done: both passwords work until nobody uses the old one.
  await redisCli('first', 'acl', 'setuser', 'default', '>second');
  await write('second');
  await waitFor(
    'every worker to be another pod',
    PATIENCE,
    async () => {
      const now = await uids();
      return now.length === 2 && now.every((uid) => !before.includes(uid));
    },
    1000,
  );
  await space.ready('shop');
  const { good } = await rounds();
  await waitFor('two more rounds by the new workers', PATIENCE, async () => (await rounds()).good > good + 1);
  assert.equal((await rounds()).bad, []);
  await space.kubectl(['delete', 'pod', 'producer']);
});

test('the old password is no longer needed', async () => {
  await redisCli('second', 'acl', 'setuser', 'default', '<first');
  const restarts = (await space.list<PodView>('pods', 'celeryproject.org/pool')).map(
    (pod) => pod.status?.containerStatuses?.[0]?.restartCount,
  );
  assert.ok(
    restarts.every((count) => count === 0),
    restarts.join(),
  );
  assert.match(await submit(space, SHOP_IMAGE, 500), 'right 500, wrong 0, missing 0');
});

test.run();
