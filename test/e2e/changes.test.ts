import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Spec } from '../../application/celery-application.ts';
import type { Target } from '../../scripts/installation/target.ts';
import {
  type Namespace,
  namespace,
  OPERATOR_NAMESPACE,
  operator,
  PATIENCE,
  type PodView,
  SHOP_IMAGE,
  shop,
  waitFor,
} from './cluster.ts';
import { containerProcess } from './node.ts';

let target: Target;
let space: Namespace;

/** Two pools, so that a change of one shows whether it leaves the other alone. */
const pools = (own: Partial<NonNullable<Spec['workers']>[number]> = {}): Partial<Spec> => ({
  workers: [
    { name: 'default', concurrency: 1, ...own },
    { name: 'other', concurrency: 1, queues: ['other'] },
  ],
});

const uids = (pods: readonly PodView[], pool: string): string[] =>
  pods.filter((pod) => pod.metadata.labels['celeryproject.org/pool'] === pool).map((pod) => pod.metadata.uid);

/** Applies a specification, waits until it is settled, and tells which pools were rolled. */
async function change(spec: Partial<Spec>): Promise<{ rolled: string[]; pods: PodView[] }> {
  const before = await space.workers('shop');
  await space.apply(shop(SHOP_IMAGE, spec));
  await space.ready('shop');
  const pods = await space.workers('shop');
  const rolled = ['default', 'other'].filter((pool) => {
    const old = uids(before, pool);
    return !uids(pods, pool).some((uid) => old.includes(uid));
  });
  return { rolled, pods };
}

const defaultPod = (pods: readonly PodView[]): PodView => {
  const pod = pods.find((entry) => entry.metadata.labels['celeryproject.org/pool'] === 'default');
  assert.ok(pod);
  return pod;
};

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'e2e-changes');
  await space.apply(shop(SHOP_IMAGE, pools()));
  await space.ready('shop');
});

test.after(async () => {
  await space.remove();
});

test('applying the same again changes nothing', async () => {
  const { rolled } = await change(pools());
  assert.equal(rolled, []);
});

test('replicas scale one pool and roll none', async () => {
  const { rolled, pods } = await change(pools({ replicas: 2 }));
  assert.equal(rolled, []);
  assert.is(uids(pods, 'default').length, 2);
  assert.is(uids((await change(pools())).pods, 'default').length, 1);
});

test('concurrency rolls its own pool only', async () => {
  const { rolled, pods } = await change(pools({ concurrency: 2 }));
  assert.equal(rolled, ['default']);
  const args = defaultPod(pods).spec.containers[0]?.args ?? [];
  assert.is(args[args.indexOf('-c') + 1], '2');
});

test('settings of one pool roll that pool, and arrive', async () => {
  const { rolled, pods } = await change(pools({ config: { task_track_started: true } }));
  assert.equal(rolled, ['default']);
  const yaml = await space.kubectl(['exec', defaultPod(pods).metadata.name, '--', 'cat', '/etc/celery/config.yaml']);
  assert.is(yaml, 'task_track_started: true\n');
});

test('shared settings roll every pool', async () => {
  assert.equal((await change({ ...pools(), config: { task_acks_late: true } })).rolled, ['default', 'other']);
});

test('another image rolls every pool', async () => {
  // The same image under another name is another template all the same.
  assert.equal((await change({ ...pools(), image: `docker.io/${SHOP_IMAGE}` })).rolled, ['default', 'other']);
});

test('a child edited by hand is repaired, somebody’s own label on it stays', async () => {
  const started = Date.now();
  await space.kubectl(['label', 'deployment/shop-worker-default', 'team=shop']);
  await space.kubectl(['scale', 'deployment/shop-worker-default', '--replicas=3']);
  await waitFor('the replicas to be repaired', 30_000, async () => {
    const replicas = await space.kubectl(['get', 'deployment/shop-worker-default', '-o', 'jsonpath={.spec.replicas}']);
    return replicas === '1';
  });
  console.log(`   repaired after ${Date.now() - started} ms`);
  assert.is(
    await space.kubectl(['get', 'deployment/shop-worker-default', '-o', 'jsonpath={.metadata.labels.team}']),
    'shop',
  );
});

test('a child deleted by hand comes back', async () => {
  const started = Date.now();
  await space.kubectl(['delete', 'deployment/shop-worker-default', '--wait=false']);
  await waitFor('the Deployment to be back', 30_000, () => space.get('deployment', 'shop-worker-default'));
  console.log(`   back after ${Date.now() - started} ms`);
  await space.ready('shop');
});

test('events tell what was done and why', async () => {
  const events = await space.kubectl([
    'get',
    'events',
    '--field-selector',
    'involvedObject.kind=CeleryApplication',
    '-o',
    'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
  ]);
  assert.match(events, 'Created: Created Deployment shop-worker-default: it was not there');
  assert.match(events, 'Repaired: Repaired Deployment shop-worker-default: a field of it was changed by somebody else');
  assert.match(events, 'Updated: Updated Deployment shop-worker-default: the specification changed');
});

test('a pool that is removed goes, the other stays', async () => {
  const before = uids(await space.workers('shop'), 'default');
  await space.apply(
    shop(SHOP_IMAGE, { workers: [{ name: 'default', concurrency: 1 }], image: `docker.io/${SHOP_IMAGE}` }),
  );
  await waitFor(
    'the pool to go',
    PATIENCE,
    async () => (await space.get('deployment', 'shop-worker-other')) === undefined,
  );
  await space.ready('shop');
  assert.equal(uids(await space.workers('shop'), 'default'), before);
});

test('a name that is taken by a foreign Deployment is left alone and said', async () => {
  await space.kubectl(['create', 'deployment', 'shop-worker-taken', '--image', SHOP_IMAGE, '--replicas=0']);
  const before = await space.kubectl(['get', 'deployment/shop-worker-taken', '-o', 'jsonpath={.spec}']);
  await space.apply(
    shop(SHOP_IMAGE, {
      workers: [{ name: 'default', concurrency: 1 }, { name: 'taken' }],
      image: `docker.io/${SHOP_IMAGE}`,
    }),
  );
  await space.kubectl(['wait', '--for=condition=Stalled', 'celeryapp/shop', '--timeout=60s']);
  const message = await space.kubectl([
    'get',
    'celeryapp/shop',
    '-o',
    'jsonpath={.status.conditions[?(@.type=="Ready")].message}',
  ]);
  assert.match(message, 'Deployment "shop-worker-taken" exists and does not belong to this application');
  assert.is(await space.kubectl(['get', 'deployment/shop-worker-taken', '-o', 'jsonpath={.spec}']), before);
  await space.kubectl(['delete', 'deployment/shop-worker-taken']);
  await space.ready('shop');
});

test('killing the leader in the middle of a change ends with the right children', async () => {
  const many = Array.from({ length: 12 }, (_, index) => ({ name: `p${index}`, replicas: 0 }));
  const apply = space.apply(shop(SHOP_IMAGE, { workers: many }));
  const holder = await target.kubectl([
    'get',
    'lease',
    'celery-operator-leader',
    '--namespace',
    OPERATOR_NAMESPACE,
    '-o',
    'jsonpath={.spec.holderIdentity}',
  ]);
  const leader = holder.split('_')[0] ?? '';
  await apply;
  const killed = Date.now();
  // SIGKILL of the process: no lease is given back, no queue is drained.
  const uid = await target.kubectl([
    'get',
    'pod',
    leader,
    '--namespace',
    OPERATOR_NAMESPACE,
    '-o',
    'jsonpath={.metadata.uid}',
  ]);
  process.kill(containerProcess(uid, 'celery-operator.js controller'), 'SIGKILL');
  await space.ready('shop');
  console.log(`   settled ${Date.now() - killed} ms after the leader was killed`);
  const names = (await space.list<{ metadata: { name: string } }>('deployments', 'celeryproject.org/application=shop'))
    .map((entry) => entry.metadata.name)
    .sort();
  assert.equal(names, many.map((pool) => `shop-worker-${pool.name}`).sort());
  await target.kubectl([
    'rollout',
    'status',
    'deployment/celery-operator',
    '--namespace',
    OPERATOR_NAMESPACE,
    '--timeout=180s',
  ]);
});

test('a missing Secret is named, and everything follows when it is there', async () => {
  await space.apply(
    shop(
      SHOP_IMAGE,
      { broker: { urlFrom: { secretKeyRef: { name: 'mine', key: 'url' } } }, resultBackend: undefined },
      'secret',
    ),
  );
  await space.kubectl([
    'wait',
    '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=SecretNotFound',
    'celeryapp/secret',
    '--timeout=60s',
  ]);
  const url = Buffer.from(
    await space.kubectl([
      'get',
      'secrets',
      '-l',
      'celeryproject.org/application=shop',
      '-o',
      'jsonpath={.items[0].data.broker-url}',
    ]),
    'base64',
  ).toString();
  await space.kubectl(['create', 'secret', 'generic', 'mine', `--from-literal=url=${url}`]);
  await space.ready('secret');
});

test('the password of the broker is in no status, event or log', async () => {
  const encoded = await target.kubectl([
    'get',
    'secret',
    'celery-operator-broker',
    '--namespace',
    OPERATOR_NAMESPACE,
    '-o',
    'jsonpath={.data.password}',
  ]);
  const password = Buffer.from(encoded, 'base64').toString();
  assert.ok(password.length > 8);
  const seen = [
    await space.kubectl(['get', 'celeryapp,events,deployments,configmaps,pods', '-o', 'yaml']),
    await target.kubectl([
      'logs',
      '--namespace',
      OPERATOR_NAMESPACE,
      '-l',
      'app.kubernetes.io/component=operator',
      '--all-containers',
      '--tail=-1',
    ]),
  ];
  for (const text of seen) assert.not(text.includes(password));
});

test.run();
