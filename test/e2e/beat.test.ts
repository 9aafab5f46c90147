import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Spec } from '../../application/celery-application.ts';
import type { Target } from '../../scripts/installation/target.ts';
import { type Namespace, namespace, operator, PATIENCE, type PodView, SHOP_IMAGE, shop, waitFor } from './cluster.ts';
import { withoutKubelet } from './kubelet.ts';
import { containerProcess } from './node.ts';

/** BEAT_LONG=1: the full count, with a kubelet that is away for a minute. */
const LONG = process.env.BEAT_LONG === '1';
const ROLLOUTS = LONG ? 10 : 3;
const DELETIONS = LONG ? 5 : 2;
const KILLS = LONG ? 5 : 2;
const BEAT = 'shop-beat-0';
const EXPIRES = 3600;

/** A task that keeps when beat sent it: an entry's "expires" is counted from there, by beat's own clock. */
const MARKS = `
from datetime import datetime
from celery import shared_task
from celery import current_app

@shared_task(bind=True, name='mark', ignore_result=True)
def mark(self):
    sent = datetime.fromisoformat(str(self.request.expires)).timestamp() - ${EXPIRES}
    current_app.backend.client.rpush('marks', repr(sent))
`;
const READ = `
from shop.celery import app
print('\\n'.join(mark.decode() for mark in app.backend.client.lrange('marks', 0, -1)))
`;

let target: Target;
let space: Namespace;

/** @param round a variable of beat's own: another value is another revision of it, and of nothing else */
const spec = (round: number, beat: NonNullable<Spec['beat']> = {}): Partial<Spec> => ({
  env: [{ name: 'PYTHONPATH', value: '/app:/marks' }],
  podTemplate: {
    spec: {
      volumes: [{ name: 'marks', configMap: { name: 'marks' } }],
      containers: [{ name: 'celery', volumeMounts: [{ name: 'marks', mountPath: '/marks' }] }],
    },
  },
  config: {
    imports: ['marks'],
    beat_schedule: {
      second: { task: 'mark', schedule: 1, options: { expires: EXPIRES } },
      nightly: { task: 'mark', schedule: '0 4 29 feb *' },
    },
  },
  beat: {
    env: [{ name: 'ROUND', value: String(round) }],
    podTemplate: { spec: { containers: [{ name: 'celery', securityContext: { readOnlyRootFilesystem: true } }] } },
    ...beat,
  },
});

async function beatPod(): Promise<PodView | undefined> {
  return space.get<PodView>('pod', BEAT);
}

/** Waits for a running, ready beat that another one is told apart from. */
async function running(what: string, differs: (pod: PodView) => boolean): Promise<PodView> {
  return waitFor(what, PATIENCE, async () => {
    const pod = await beatPod();
    const ready = pod?.status?.containerStatuses?.[0]?.ready === true && pod.metadata.deletionTimestamp === undefined;
    return ready && differs(pod) ? pod : undefined;
  });
}

async function marks(): Promise<number[]> {
  const [worker] = await space.workers('shop');
  const lines = await space.kubectl(['exec', worker?.metadata.name ?? '', '--', 'python', '-c', READ]);
  return lines
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
    .sort((a, b) => a - b);
}

/** Sent since a moment; waits until there are some. */
async function marksAfter(start: number): Promise<number> {
  const pause = 1500;
  return waitFor(
    'beat to send again',
    PATIENCE,
    async () => {
      const later = (await marks()).filter((mark) => mark > start);
      return later.length > 0 ? later.length : undefined;
    },
    pause,
  );
}

const restarts = (pod: PodView): number => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'e2e-beat');
  await space.kubectl(['create', 'configmap', 'marks', `--from-literal=marks.py=${MARKS}`]);
  await space.apply(shop(SHOP_IMAGE, spec(0)));
  await space.ready('shop');
});

test.after(async () => {
  await space.remove();
});

test('beat runs on a read-only root file system, and status tells', async () => {
  const application = await space.ready('shop');
  assert.equal(application.status?.beat, { ready: true });
  await marksAfter(0);
  const log = await space.kubectl(['logs', BEAT]);
  assert.match(log, 'celery beat v');
  assert.not.match(log, 'Traceback');
});

test('its liveness probe sees the loop', async () => {
  const line = await space.kubectl(['exec', BEAT, '--', 'sh', '/etc/celery/beat-liveness.sh']);
  assert.match(line, /liveness: pass: the loop (comes next in|is overdue by)/);
});

async function kill(): Promise<void> {
  const before = await beatPod();
  assert.ok(before);
  process.kill(containerProcess(before.metadata.uid, 'celery'), 'SIGKILL');
  await running('the container to run again', (pod) => restarts(pod) > restarts(before));
}

async function remove(): Promise<void> {
  const before = await beatPod();
  await space.kubectl(['delete', 'pod', BEAT, '--wait=false']);
  await running('another pod', (pod) => pod.metadata.uid !== before?.metadata.uid);
}

async function roll(round: number): Promise<void> {
  const before = await beatPod();
  await space.apply(shop(SHOP_IMAGE, spec(round)));
  await running('a pod of the new revision', (pod) => pod.metadata.uid !== before?.metadata.uid);
}

test('never two beats at once: rollouts, deletions of the pod, kill -9', async () => {
  const started = Date.now() / 1000;
  const gaps: { what: string; at: number }[] = [];
  const disturb = async (what: string, act: () => Promise<void>): Promise<void> => {
    const at = Date.now() / 1000;
    await act();
    await marksAfter(Date.now() / 1000);
    gaps.push({ what, at });
  };
  // A new pod between two kills: the second one in a pod would wait out a back-off.
  for (let round = 1; round <= ROLLOUTS; round++) {
    if (round <= KILLS) await disturb('kill -9', kill);
    if (round <= DELETIONS) await disturb('deletion', remove);
    await disturb('rollout', () => roll(round));
  }
  if (LONG) await disturb('kubelet away for 60 s', lostKubelet);
  proveSingle(await marks(), started, gaps);
});

/** One beat sends once a second; two would send in between each other. */
function proveSingle(
  all: readonly number[],
  started: number,
  disturbed: readonly { what: string; at: number }[],
): void {
  const seen = all.filter((mark) => mark >= started);
  const steps = seen.slice(1).map((mark, index) => ({ at: seen[index] ?? 0, seconds: mark - (seen[index] ?? 0) }));
  const closest = Math.min(...steps.map((step) => step.seconds));
  const largest = steps.reduce((most, step) => (step.seconds > most.seconds ? step : most));
  const cause = disturbed.findLast(({ at }) => at <= largest.at + largest.seconds)?.what;
  console.log(
    `   ${seen.length} marks in ${Math.round(Date.now() / 1000 - started)} s; closest ${closest.toFixed(3)} s, ` +
      `largest gap ${largest.seconds.toFixed(1)} s (${cause})`,
  );
  for (const { what, at } of disturbed) {
    const step = steps.filter((entry) => entry.at + entry.seconds > at && entry.at < at + 30);
    console.log(`   ${what}: largest gap ${Math.max(...step.map(({ seconds }) => seconds)).toFixed(1)} s`);
  }
  assert.ok(closest > 0.5, `two runs within ${closest} s`);
  assert.ok(seen.length <= Date.now() / 1000 - started + 2, `${seen.length} marks`);
}

async function lostKubelet(): Promise<void> {
  const before = await beatPod();
  await withoutKubelet(60_000, async () => {
    await space.kubectl(['delete', 'pod', BEAT, '--wait=false']);
    // The node is called not ready only after its grace period; the pod cannot end before the kubelet is back.
    await waitFor('status to name the node', 120_000, async () => {
      const message = (await space.get<CeleryApplication>('celeryapp', 'shop'))?.status?.beat?.message;
      return message !== undefined && /cannot end, node .* is not ready: no second beat starts/.test(message);
    });
    assert.is((await beatPod())?.metadata.uid, before?.metadata.uid);
  });
  await running('another pod', (pod) => pod.metadata.uid !== before?.metadata.uid);
}

test('storage is added by making the StatefulSet anew, and a broken beat is told and mended', async () => {
  const before = await space.get<{ metadata: { uid: string } }>('statefulset', 'shop-beat');
  await space.apply(shop(SHOP_IMAGE, spec(99, { image: 'celery-operator/absent:1', storage: { size: '10Mi' } })));
  await waitFor('a StatefulSet with a claim', PATIENCE, async () => {
    const set = await space.get<{ metadata: { uid: string }; spec: { volumeClaimTemplates?: unknown[] } }>(
      'statefulset',
      'shop-beat',
    );
    return set?.metadata.uid !== before?.metadata.uid && set?.spec.volumeClaimTemplates?.length === 1;
  });
  await waitFor('status to tell that beat does not run', PATIENCE, async () => {
    const beat = (await space.get<CeleryApplication>('celeryapp', 'shop'))?.status?.beat;
    return beat?.ready === false && beat.message !== undefined;
  });
  await space.apply(shop(SHOP_IMAGE, spec(100)));
  const application = await space.ready('shop');
  assert.equal(application.status?.beat, { ready: true });
});

test('without spec.beat it goes, and so does its status', async () => {
  await space.apply(shop(SHOP_IMAGE, { ...spec(0), beat: undefined }));
  await waitFor('beat to go', PATIENCE, async () => (await beatPod()) === undefined);
  assert.is((await space.ready('shop')).status?.beat, undefined);
});

test('the example sends its tasks', async () => {
  await space.kubectl(['apply', '--server-side', '-f', join(import.meta.dirname, '../../examples/beat.yaml')]);
  await space.ready('periodic');
  const sent = 'Sending due task every-ten-seconds';
  const log = await waitFor('an entry to be sent', PATIENCE, async () => {
    const text = await space.kubectl(['logs', 'periodic-beat-0']);
    return text.includes(sent) ? text : undefined;
  });
  assert.not.match(log, 'left out');
  await space.kubectl(['delete', 'celeryapp/periodic', '--wait=false']);
});

test('entries and arguments that cannot work are refused with their path', async () => {
  const config = { beat_schedule: { nightly: { task: 'mark', schedule: '0 25 * * *' } } };
  try {
    await space.apply(shop(SHOP_IMAGE, { beat: { args: ['--pidfile=/x'] }, config }, 'wrong'));
    assert.unreachable('it was accepted');
  } catch (error) {
    const text = String(error);
    assert.match(text, 'spec.config.beat_schedule.nightly.schedule: has a value out of range in its hour field');
    assert.match(text, 'spec.beat.args[0]: --pidfile');
  }
});

test.run();
