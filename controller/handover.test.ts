import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WorkerSpec } from '../application/celery-application.ts';
import type { ChildObject } from '../application/child-object.ts';
import { children } from '../application/children.ts';
import { resolve } from '../application/resolve.ts';
import { handover, wouldDropReplicas } from './handover.ts';
import { replicasOf } from './rollout.ts';

type Autoscaling = WorkerSpec['autoscaling'];

const QUEUE: Autoscaling = { minReplicas: 2, maxReplicas: 5, queueLength: { target: 100 } };
const CPU: Autoscaling = { maxReplicas: 5, cpu: { averageUtilization: 70 } };

function decide(
  autoscaling: Autoscaling,
  seen: readonly ChildObject[],
  { keda = true, url = 'redis://r', suspend = false } = {},
) {
  const desired = children(
    resolve({
      metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
      spec: {
        image: 'a',
        broker: { url },
        suspend,
        workers: [{ name: 'default', queues: ['celery'], replicas: 3, ...(autoscaling ? { autoscaling } : {}) }],
      },
    }),
  );
  const result = handover(desired, seen, 'u', keda);
  const deployment = result.children.workloads.find(({ kind }) => kind === 'Deployment');
  return {
    replicas: replicasOf(deployment),
    autoscalers: result.children.workloads.flatMap(({ kind }) =>
      kind === undefined || ['Deployment', 'PodDisruptionBudget'].includes(kind) ? [] : [kind],
    ),
    reason: result.scaling[0]?.hindrance?.reason,
    scaling: result.scaling,
  };
}

const labels = { 'celeryproject.org/pool': 'default', 'celeryproject.org/application': 'shop' };
const ours = [{ apiVersion: 'v', kind: 'CeleryApplication', name: 'shop', uid: 'u', controller: true }];
const name = 'shop-worker-default';
const running = (replicas: number): ChildObject => ({
  kind: 'Deployment',
  metadata: { name, labels },
  spec: { replicas },
});
const hpa: ChildObject = { kind: 'HorizontalPodAutoscaler', metadata: { name, labels, ownerReferences: ours } };
const scaledObject: ChildObject = { kind: 'ScaledObject', metadata: { name, labels, ownerReferences: ours } };
const kedasHpa: ChildObject = {
  kind: 'HorizontalPodAutoscaler',
  metadata: {
    name,
    labels,
    ownerReferences: [{ apiVersion: 'v', kind: 'ScaledObject', name, uid: 's', controller: true }],
  },
};
const going = (object: ChildObject): ChildObject => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
});

test('without autoscaling the specification decides', () => {
  assert.equal(decide(undefined, []), { replicas: 3, autoscalers: [], reason: undefined, scaling: [] });
  assert.is(decide(undefined, [running(7)]).replicas, 3);
});

test('a new pool starts with its least number, and its autoscaler comes when the Deployment is there', () => {
  const first = decide(QUEUE, []);
  assert.equal([first.replicas, first.autoscalers, first.reason], [2, [], 'HandingOver']);
  const second = decide(QUEUE, [running(2)]);
  assert.equal([second.replicas, second.autoscalers, second.reason], [undefined, ['ScaledObject'], undefined]);
});

test('while the autoscaler stands, the number is left to it', () => {
  const { replicas, autoscalers, reason } = decide(QUEUE, [running(4), scaledObject, kedasHpa]);
  assert.equal([replicas, autoscalers, reason], [undefined, ['ScaledObject'], undefined]);
  assert.is(decide(CPU, [running(4), hpa]).replicas, undefined);
});

test('back to the specification: the autoscaler goes first, until then nobody changes the number', () => {
  for (const left of [[scaledObject, kedasHpa], [going(scaledObject), kedasHpa], [kedasHpa], [hpa], [going(hpa)]]) {
    const { replicas, autoscalers, reason } = decide(undefined, [running(5), ...left]);
    assert.equal([replicas, autoscalers, reason], [undefined, [], 'HandingOver']);
  }
  assert.is(decide(undefined, [running(5)]).replicas, 3);
});

test('from one autoscaler to another: the new one comes when the old one, and what KEDA made for it, is gone', () => {
  for (const left of [[scaledObject, kedasHpa], [kedasHpa]]) {
    const { replicas, autoscalers, reason } = decide(CPU, [running(5), ...left]);
    assert.equal([replicas, autoscalers, reason], [undefined, [], 'HandingOver']);
  }
  assert.equal(decide(CPU, [running(5)]).autoscalers, ['HorizontalPodAutoscaler']);
  assert.equal(decide(QUEUE, [running(5), hpa]).autoscalers, []);
  assert.equal(decide(QUEUE, [running(5)]).autoscalers, ['ScaledObject']);
});

test('an autoscaler that is being deleted is waited for, also when the same kind is wanted', () => {
  assert.equal(decide(QUEUE, [running(5), going(scaledObject), kedasHpa]).autoscalers, []);
});

test('a foreign autoscaler is not waited for: its name conflicts, or it is none of our business', () => {
  const foreign: ChildObject = { ...hpa, metadata: { ...hpa.metadata, ownerReferences: [] } };
  assert.is(decide(undefined, [running(5), foreign]).replicas, 3);
});

test('without KEDA a pool keeps its number within the bounds and says why', () => {
  const without = { keda: false };
  assert.equal([decide(QUEUE, [], without).replicas, decide(QUEUE, [], without).reason], [2, 'KedaNotInstalled']);
  assert.is(decide(QUEUE, [running(4)], without).replicas, 4);
  assert.is(decide(QUEUE, [running(9)], without).replicas, 5);
  assert.is(decide({ ...QUEUE, minReplicas: 0 }, [running(0)], without).replicas, 1);
  assert.match(
    decide(QUEUE, [], without).scaling[0]?.hindrance?.message ?? '',
    /install it \(chart value keda\.enabled/,
  );
  assert.equal(decide(CPU, [running(1)], without).autoscalers, ['HorizontalPodAutoscaler']);
});

test('a broker that KEDA cannot read leaves the number alone too', () => {
  const { replicas, reason } = decide(QUEUE, [running(4)], { url: 'sqs://' });
  assert.equal([replicas, reason], [4, 'BrokerNotReadable']);
});

test('suspended: KEDA is told to rest and keeps the number, a HorizontalPodAutoscaler rests beside a written 0', () => {
  const suspended = { suspend: true };
  assert.is(decide(QUEUE, [], suspended).replicas, 0);
  const keda = decide(QUEUE, [running(4), scaledObject, kedasHpa], suspended);
  assert.equal([keda.replicas, keda.autoscalers], [undefined, ['ScaledObject']]);
  const plain = decide(CPU, [running(4), hpa], suspended);
  assert.equal([plain.replicas, plain.autoscalers], [0, ['HorizontalPodAutoscaler']]);
  assert.is(decide(QUEUE, [running(4)], { ...suspended, keda: false }).replicas, 0);
  assert.is(decide(QUEUE, [running(4)], { ...suspended, url: 'sqs://' }).replicas, 0);
});

test('no longer suspended: a HorizontalPodAutoscaler is woken by its least number, then the number is its own again', () => {
  const woken = decide(CPU, [running(0), hpa]);
  assert.equal([woken.replicas, woken.autoscalers], [1, ['HorizontalPodAutoscaler']]);
  assert.is(decide(CPU, [running(1), hpa]).replicas, undefined);
  assert.is(decide(QUEUE, [running(0), scaledObject, kedasHpa]).replicas, undefined);
});

const entry = (manager: string, operation: string, fields: object) => ({ manager, operation, fieldsV1: fields });
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };

test('only a number that nobody else owns would be dropped', () => {
  const live = (...managedFields: object[]) => ({ metadata: { managedFields } });
  assert.ok(wouldDropReplicas(live(entry('me', 'Apply', REPLICAS)), 'me'));
  assert.not(wouldDropReplicas(live(entry('me', 'Apply', REPLICAS), entry('kcm', 'Update', REPLICAS)), 'me'));
  assert.not(wouldDropReplicas(live(entry('me', 'Apply', { 'f:spec': {} }), entry('kcm', 'Update', REPLICAS)), 'me'));
  assert.not(wouldDropReplicas(live(entry('me', 'Apply', { 'f:metadata': {} })), 'me'));
  assert.not(wouldDropReplicas(live(), 'me'));
});

test.run();
