import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OLDER_CELERY } from '../../scripts/installation/images.ts';
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
  shopWith,
  submit,
  waitFor,
  withoutOperator,
} from './cluster.ts';

let target: Target;
let space: Namespace;

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'e2e-application');
});

test.after(async () => {
  await space.remove();
});

test('an application becomes ready and its tasks give right results', async () => {
  await space.apply(shop(SHOP_IMAGE));
  const application = await space.ready('shop');
  assert.is(application.status?.readyWorkers, '1/1');
  assert.match(await submit(space, SHOP_IMAGE, 2000), 'right 2000, wrong 0, missing 0');
});

test('kubectl wait and kubectl get show it', async () => {
  await space.kubectl(['wait', '--for=condition=Ready', 'celeryapp/shop', '--timeout=60s']);
  const [header = '', row = ''] = (await space.kubectl(['get', 'celeryapp'])).split('\n');
  assert.match(header, /^NAME\s+READY\s+WORKERS\s+QUEUED\s+REASON\s+AGE$/);
  assert.match(row, /^shop\s+True\s+1\/1\s+WorkersReady\s/);
});

test('the settings arrive in the worker', async () => {
  await space.apply(shop(SHOP_IMAGE, { config: { task_acks_late: true, worker_prefetch_multiplier: 1 } }));
  await space.ready('shop');
  const [pod] = await space.workers('shop');
  const conf = await space.kubectl([
    'exec',
    pod?.metadata.name ?? '',
    '--',
    'sh',
    '-c',
    'celery -A shop.celery:app report 2>/dev/null',
  ]);
  assert.match(conf, /task_acks_late: True/);
  assert.match(conf, /worker_prefetch_multiplier: 1/);
});

test('PID 1 of a worker is Celery, and no credential is in any argv', async () => {
  const [pod] = await space.workers('shop');
  const argv = await space.kubectl([
    'exec',
    pod?.metadata.name ?? '',
    '--',
    'sh',
    '-c',
    'cat /proc/[0-9]*/cmdline | tr "\\0" " "',
  ]);
  const first = await space.kubectl(['exec', pod?.metadata.name ?? '', '--', 'sh', '-c', 'cat /proc/1/comm']);
  assert.match(first, /celery|python/);
  assert.not.match(argv, /redis:\/\//);
});

test('the liveness script finds the worker alive', async () => {
  const [pod] = await space.workers('shop');
  const verdict = await space.kubectl(['exec', pod?.metadata.name ?? '', '--', 'sh', '/etc/celery/liveness.sh']);
  assert.match(verdict, 'pass: node answered');
});

test('a Deployment of the user’s own with only the label gets configuration and broker, and sends tasks', async () => {
  await space.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'producer' },
    spec: {
      selector: { matchLabels: { app: 'producer' } },
      template: {
        metadata: { labels: { app: 'producer', 'celeryproject.org/application': 'shop' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'web',
              image: SHOP_IMAGE,
              imagePullPolicy: 'IfNotPresent',
              command: ['python', '-m', 'shop.submit', '--count', '10', '--every', '1'],
            },
          ],
        },
      },
    },
  });
  await waitFor('its rounds to succeed', PATIENCE, async () =>
    (await space.kubectl(['logs', 'deployment/producer']).catch(() => '')).includes('right 10, wrong 0, missing 0'),
  );
  const [pod] = await space.list<PodView>('pods', 'app=producer');
  const names = pod?.spec.containers[0]?.env?.map((entry) => entry.name);
  assert.equal(names, ['CELERY_OPERATOR_CONFIG', 'CELERY_BROKER_URL', 'CELERY_RESULT_BACKEND']);
});

test('while no operator runs, the application’s own pods come back configured and work', async () => {
  await withoutOperator(target, async () => {
    const [before] = await space.workers('shop');
    await space.kubectl(['delete', 'pod', before?.metadata.name ?? '', '--wait=false']);
    const after = await waitFor('another worker', PATIENCE, async () => {
      const pods = await space.workers('shop');
      return pods.find(
        (pod) =>
          pod.metadata.uid !== before?.metadata.uid && pod.status?.containerStatuses?.every((status) => status.ready),
      );
    });
    const names = after.spec.containers[0]?.env?.map((entry) => entry.name) ?? [];
    for (const name of ['CELERY_OPERATOR_CONFIG', 'CELERY_BROKER_URL', 'CELERY_RESULT_BACKEND'])
      assert.ok(names.includes(name), name);
    // The producer of the test before still runs: its tasks are done by the new worker.
    const since = new Date().toISOString();
    await waitFor('tasks to be done without an operator', PATIENCE, async () =>
      (await space.kubectl(['logs', 'deployment/producer', `--since-time=${since}`])).includes(
        'right 10, wrong 0, missing 0',
      ),
    );
  });
});

test('an older Celery runs the same application', async () => {
  const image = await shopWith(OLDER_CELERY);
  await space.apply(shop(image, { celeryVersion: '5.5' }, 'older'));
  await space.ready('older');
  assert.match(await submit(space, image, 500, 'older'), 'right 500, wrong 0, missing 0');
});

test('two applications on the bundled broker have databases of their own', async () => {
  const databases = await target.kubectl([
    'get',
    'configmap',
    'celery-operator-broker-databases',
    '--namespace',
    OPERATOR_NAMESPACE,
    '-o',
    'json',
  ]);
  const data = JSON.parse(databases).data as Record<string, string>;
  assert.is.not(data['e2e-application.shop'], data['e2e-application.older']);
});

test('deleting the application removes every child', async () => {
  await space.kubectl(['delete', 'celeryapp', 'shop', 'older', '--timeout=120s']);
  await waitFor('the children to go', PATIENCE, async () => {
    const left = await space.kubectl([
      'get',
      'deployments,configmaps,secrets,pods',
      '-l',
      'app.kubernetes.io/managed-by=celery-operator',
      '-o',
      'name',
    ]);
    return left === '';
  });
});

test.run();
