import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../scripts/installation/target.ts';
import {
  type Namespace,
  namespace,
  OPERATOR_NAMESPACE,
  operator,
  PATIENCE,
  SHOP_IMAGE,
  shop,
  submit,
  waitFor,
} from './cluster.ts';
import { containerProcess } from './node.ts';

let target: Target;
let space: Namespace;

/** The outage has to outlast what a probe would need to restart a worker. */
const OUTAGE_SECONDS = 180;
const PROBE = { periodSeconds: 10, timeoutSeconds: 9, failureThreshold: 3, initialDelaySeconds: 5 };

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'e2e-outage');
  await space.apply(
    shop(SHOP_IMAGE, {
      workers: [
        { name: 'prefork', concurrency: 2, livenessProbe: PROBE },
        { name: 'threads', pool: 'threads', concurrency: 2, queues: ['threads'], livenessProbe: PROBE },
      ],
    }),
  );
  await space.ready('shop');
  await submit(space, SHOP_IMAGE, 200);
});

test.after(async () => {
  await redis(1);
  await space.remove();
});

async function redis(replicas: number): Promise<void> {
  await target.kubectl([
    'scale',
    'statefulset/celery-operator-broker',
    '--namespace',
    OPERATOR_NAMESPACE,
    `--replicas=${replicas}`,
  ]);
}

async function restarts(): Promise<number[]> {
  return (await space.workers('shop')).map((pod) => pod.status?.containerStatuses?.[0]?.restartCount ?? 0);
}

test('Redis away for three minutes restarts no worker container', async () => {
  // The markers of the first good ping are what could turn silence into a restart: the test means nothing without them.
  for (const pod of await space.workers('shop')) {
    await waitFor('the first good ping', PATIENCE, async () =>
      (await space.kubectl(['exec', pod.metadata.name, '--', 'sh', '-c', 'ls /tmp'])).includes(
        'celery-operator-answered',
      ),
    );
  }
  const before = (await space.workers('shop')).map((pod) => pod.metadata.uid);
  await redis(0);
  await target.kubectl([
    'wait',
    '--for=delete',
    'pod/celery-operator-broker-0',
    '--namespace',
    OPERATOR_NAMESPACE,
    '--timeout=120s',
  ]);
  const end = Date.now() + OUTAGE_SECONDS * 1000;
  await waitFor(
    'the outage to have lasted',
    (OUTAGE_SECONDS + 60) * 1000,
    async () => {
      assert.equal(await restarts(), [0, 0]);
      return Date.now() > end;
    },
    5000,
  );
  await redis(1);
  await target.kubectl([
    'rollout',
    'status',
    'statefulset/celery-operator-broker',
    '--namespace',
    OPERATOR_NAMESPACE,
    '--timeout=120s',
  ]);
  assert.equal(
    (await space.workers('shop')).map((pod) => pod.metadata.uid),
    before,
  );
});

test('afterwards tasks flow again, by the same containers', async () => {
  assert.match(await submit(space, SHOP_IMAGE, 500), 'right 500, wrong 0, missing 0');
  assert.equal(await restarts(), [0, 0]);
});

test('a frozen worker is restarted', async () => {
  const [pod] = (await space.workers('shop')).filter(
    (entry) => entry.metadata.labels['celeryproject.org/pool'] === 'prefork',
  );
  await waitFor('the worker to answer again', PATIENCE, async () =>
    (
      await space.kubectl(['exec', pod?.metadata.name ?? '', '--', 'sh', '/etc/celery/liveness.sh']).catch(() => '')
    ).includes('node answered'),
  );
  const started = Date.now();
  // From the node: inside its own namespace PID 1 ignores SIGSTOP.
  process.kill(containerProcess(pod?.metadata.uid ?? '', 'celery'), 'SIGSTOP');
  await waitFor('the restart', PATIENCE, async () => (await restarts()).some((count) => count > 0), 1000);
  console.log(
    `   restarted ${Math.round((Date.now() - started) / 1000)} s after it froze (probe: ${JSON.stringify(PROBE)})`,
  );
});

test.run();
