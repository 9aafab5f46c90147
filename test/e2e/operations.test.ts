import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../scripts/installation/target.ts';
import {
  CommandFailed,
  type Namespace,
  namespace,
  operator,
  PATIENCE,
  SHOP_IMAGE,
  shop,
  submit,
  waitFor,
} from './cluster.ts';

let target: Target;
let space: Namespace;
const pool = (fields: object = {}) => ({ workers: [{ name: 'default', concurrency: 1, ...fields }] });

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'operations');
});

test.after(async () => {
  await space.remove();
});

test('tasks that are sent while the application is suspended wait and come out right afterwards', async () => {
  await space.apply(shop(SHOP_IMAGE, pool()));
  await space.ready('shop');
  await space.apply(shop(SHOP_IMAGE, { ...pool(), suspend: true }));
  const suspended = await space.ready('shop');
  assert.is(suspended.status?.conditions?.find((entry) => entry.type === 'Ready')?.reason, 'Suspended');
  assert.equal(await space.workers('shop'), []);
  assert.ok(await space.get('deployment', 'shop-worker-default'));
  const tasks = submit(space, SHOP_IMAGE, 20);
  await space.apply(shop(SHOP_IMAGE, pool()));
  await tasks;
  await space.ready('shop');
});

test('what is done by hand stays while the application is paused, and is undone afterwards', async () => {
  await space.kubectl(['annotate', 'celeryapp/shop', 'celeryproject.org/paused=true']);
  await space.kubectl(['wait', '--for=condition=Paused', 'celeryapp/shop', '--timeout=30s']);
  await space.kubectl(['scale', 'deployment/shop-worker-default', '--replicas=2']);
  await waitFor('two ready workers', PATIENCE, async () => {
    return (await space.kubectl(['get', 'celeryapp/shop', '-o', 'jsonpath={.status.readyWorkers}'])) === '2/2';
  });
  await space.kubectl(['annotate', 'celeryapp/shop', 'celeryproject.org/paused-']);
  await waitFor('one worker again', PATIENCE, async () => (await space.workers('shop')).length === 1);
  await space.ready('shop');
});

test('workers start with every typed limit and with the environment of a ConfigMap', async () => {
  await space.kubectl(['create', 'configmap', 'extra', '--from-literal=FROM_MAP=it works']);
  await space.apply(
    shop(SHOP_IMAGE, {
      envFrom: [{ configMapRef: { name: 'extra' } }],
      ...pool({
        prefetchMultiplier: 1,
        maxTasksPerChild: 5,
        maxMemoryPerChild: '200Mi',
        timeLimitSeconds: 60,
        softTimeLimitSeconds: 50,
      }),
    }),
  );
  await space.ready('shop');
  const value = await space.kubectl(['exec', 'deployment/shop-worker-default', '--', 'printenv', 'FROM_MAP']);
  assert.is(value.trim(), 'it works');
  await submit(space, SHOP_IMAGE, 20);
});

test('of two workers a drain takes one at a time', async () => {
  await space.apply(shop(SHOP_IMAGE, pool({ replicas: 2 })));
  await space.ready('shop');
  await waitFor('the budget to allow one', PATIENCE, async () => {
    const budget = await space.get<{ status?: { disruptionsAllowed?: number } }>('pdb', 'shop-worker-default');
    return budget?.status?.disruptionsAllowed === 1;
  });
  const evict = async (name: string): Promise<string> => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: space.name } };
    const path = `/api/v1/namespaces/${space.name}/pods/${name}/eviction`;
    try {
      return await space.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
    } catch (error) {
      if (error instanceof CommandFailed) return error.output;
      throw error;
    }
  };
  const [first, second] = await space.workers('shop');
  assert.match(await evict(first?.metadata.name ?? ''), 'Success');
  assert.match(await evict(second?.metadata.name ?? ''), 'disruption budget');
  await space.ready('shop');
});

test.run();
