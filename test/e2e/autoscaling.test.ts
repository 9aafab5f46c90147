import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, WorkerSpec } from '../../application/celery-application.ts';
import { installKeda, uninstallKeda } from '../../scripts/installation/keda.ts';
import type { Target } from '../../scripts/installation/target.ts';
import { type Namespace, namespace, operator, PATIENCE, SHOP_IMAGE, shop, submit, waitFor } from './cluster.ts';

const TASKS = 30_000;
/** An absent kind is looked for once a minute, and a pool that waits for it each quarter of one. */
const KEDA_FOUND = 120_000;

let target: Target;
let space: Namespace;

test.before(async () => {
  target = await operator();
  await installKeda(target, (line) => console.log(`   ${line}`));
  space = await namespace(target, 'e2e-autoscaling');
});

test.after(async () => {
  // Its ScaledObjects first: KEDA clears their finalizers.
  await space.remove();
  await uninstallKeda(target);
});

type Worker = Omit<WorkerSpec, 'name'>;

const pools = (worker: Worker): object =>
  shop(SHOP_IMAGE, { workers: [{ name: 'default', queues: ['celery'], concurrency: 2, ...worker }] });

const QUEUE: Worker = {
  autoscaling: {
    minReplicas: 2,
    maxReplicas: 5,
    queueLength: { target: 100 },
    behavior: { scaleDown: { stabilizationWindowSeconds: 15 } },
  },
};

const replicas = async (name = 'shop-worker-default'): Promise<number | undefined> =>
  (await space.get<Deployment>('deployment', name))?.spec?.replicas;
const application = (): Promise<CeleryApplication | undefined> => space.get<CeleryApplication>('celeryapp', 'shop');
const autoscaling = async (): Promise<string | undefined> =>
  (await application())?.status?.conditions?.find((entry) => entry.type === 'Autoscaling')?.reason;

/** The numbers of pods that were asked for while something went on. */
async function numbersDuring(work: () => Promise<unknown>): Promise<number[]> {
  const seen = new Set<number>();
  let going = true;
  const looking = (async () => {
    while (going) {
      const number = await replicas();
      if (number !== undefined) seen.add(number);
    }
  })();
  try {
    await work();
  } finally {
    going = false;
    await looking;
  }
  return [...seen];
}

test('from a fixed number to KEDA: the number stays', async () => {
  await space.apply(pools({ replicas: 3 }));
  await space.ready('shop');
  const numbers = await numbersDuring(async () => {
    await space.apply(pools({ autoscaling: { minReplicas: 3, maxReplicas: 5, queueLength: { target: 100 } } }));
    await waitFor('KEDA to scale', KEDA_FOUND, async () => (await autoscaling()) === 'AutoscalersActive');
  });
  assert.equal(numbers, [3]);
  const found = await application();
  assert.is(found?.status?.workers?.[0]?.autoscaler, 'ScaledObject');
  await waitFor('the length of the queue', 60_000, async () => (await application())?.status?.queued === 0);
});

test('and back: the number of the specification comes when the ScaledObject is gone', async () => {
  const numbers = await numbersDuring(async () => {
    await space.apply(pools({ replicas: 3 }));
    await waitFor('the ScaledObject to go', 60_000, async () => (await autoscaling()) === undefined);
    await space.ready('shop');
  });
  assert.equal(numbers, [3]);
  assert.is(await space.kubectl(['get', 'scaledobjects,hpa', '-o', 'name']), '');
});

test('a flood of tasks takes the pool from 2 to 5 workers and back, and every result is right', async () => {
  await space.apply(pools(QUEUE));
  await waitFor(
    'two workers',
    PATIENCE,
    async () => (await autoscaling()) === 'AutoscalersActive' && (await replicas()) === 2,
  );
  await space.ready('shop');
  let queued = 0;
  const numbers = await numbersDuring(async () => {
    const sent = submit(space, SHOP_IMAGE, TASKS);
    await waitFor('five workers', PATIENCE, async () => (await replicas()) === 5);
    // Read every few seconds: the flood lasts longer.
    queued = await waitFor(
      'kubectl to show the length of the queue',
      60_000,
      async () => (await application())?.status?.queued || undefined,
    );
    assert.match(await sent, `right ${TASKS}, wrong 0, missing 0`);
    await waitFor('two workers again', PATIENCE, async () => (await replicas()) === 2);
  });
  assert.is(Math.min(...numbers), 2);
  assert.is(Math.max(...numbers), 5);
  assert.ok(queued > 0, `${queued} messages were seen in the queue`);
  await space.ready('shop');
});

test('CPU alone takes a HorizontalPodAutoscaler, and KEDA goes first', async () => {
  await space.apply(
    pools({
      autoscaling: { minReplicas: 1, maxReplicas: 2, cpu: { averageUtilization: 80 } },
      resources: { requests: { cpu: '50m' } },
    }),
  );
  await waitFor('the ScaledObject to go', 60_000, async () => (await space.list('scaledobjects')).length === 0);
  const hpa = await waitFor('the HorizontalPodAutoscaler', 60_000, () =>
    space.get<{ metadata: { ownerReferences: { kind: string }[] } }>('hpa', 'shop-worker-default'),
  );
  assert.is(hpa.metadata.ownerReferences[0]?.kind, 'CeleryApplication');
  await waitFor('it to measure', PATIENCE, async () => (await autoscaling()) === 'AutoscalersActive');
});

test.run();
