import type { Deployment, DeploymentStatus } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChildObject } from '../application/child-object.ts';
import { type ResolvedApplication, resolve } from '../application/resolve.ts';
import type { PodSummary } from './pod-problem.ts';
import { type StatusInput, status } from './status.ts';

const application: ResolvedApplication = resolve({
  metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 4 },
  spec: { image: 'a', broker: { url: 'redis://r' }, workers: [{ name: 'default', replicas: 2 }] },
});

function deployment(seen: DeploymentStatus): Map<string, Deployment> {
  return new Map([['Deployment/shop-worker-default', { metadata: { generation: 3 }, status: seen }]]);
}

const SETTLED: DeploymentStatus = {
  observedGeneration: 3,
  replicas: 2,
  readyReplicas: 2,
  updatedReplicas: 2,
  availableReplicas: 2,
};

function compute(input: Partial<StatusInput>) {
  const result = status({
    generation: 4,
    application,
    findings: [],
    observed: deployment(SETTLED),
    pods: [],
    now: '2026-01-01T00:00:00Z',
    ...input,
  });
  const condition = (type: string) => result.conditions?.find((entry) => entry.type === type);
  return { result, ready: condition('Ready'), reconciling: condition('Reconciling'), stalled: condition('Stalled') };
}

const pod = (problem: string): PodSummary => ({
  name: 'shop-worker-default-x',
  pool: 'default',
  ready: false,
  terminating: false,
  configMaps: [],
  problem,
});

test('all workers of the current revision ready: Ready, and nothing else', () => {
  const { result, ready, reconciling, stalled } = compute({});
  assert.is(ready?.status, 'True');
  assert.is(ready?.message, 'all 2 workers are ready');
  assert.is(reconciling?.status, 'False');
  assert.is(stalled?.status, 'False');
  assert.is(result.readyWorkers, '2/2');
  assert.is(result.observedGeneration, 4);
});

test('a rollout that goes well is Reconciling', () => {
  const { ready, reconciling } = compute({ observed: deployment({ ...SETTLED, updatedReplicas: 1, replicas: 3 }) });
  assert.is(ready?.status, 'False');
  assert.is(ready?.reason, 'WorkersProgressing');
  assert.is(ready?.message, 'pool default: 2 of 2 ready, 1 updated');
  assert.is(reconciling?.status, 'True');
});

test('a status that belongs to an older generation of the Deployment does not count', () => {
  assert.is(compute({ observed: deployment({ ...SETTLED, observedGeneration: 2 }) }).ready?.status, 'False');
});

test('a pod’s own trouble is named', () => {
  const { ready } = compute({
    observed: deployment({ ...SETTLED, readyReplicas: 1, availableReplicas: 1 }),
    pods: [pod('ImagePullBackOff: no such image')],
  });
  assert.is(ready?.reason, 'WorkersNotReady');
  assert.is(
    ready?.message,
    'pool default: 1 of 2 ready, 2 updated; pod shop-worker-default-x: ImagePullBackOff: no such image',
  );
});

test('the trouble of a pod that is on its way out does not count', () => {
  const { ready } = compute({
    observed: deployment({ ...SETTLED, updatedReplicas: 1 }),
    pods: [{ ...pod('Error'), terminating: true }],
  });
  assert.is(ready?.reason, 'WorkersProgressing');
});

test('a refusal to make pods is named', () => {
  const refused: DeploymentStatus = {
    ...SETTLED,
    readyReplicas: 0,
    availableReplicas: 0,
    conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }],
  };
  assert.match(compute({ observed: deployment(refused) }).ready?.message ?? '', 'FailedCreate: exceeded quota');
});

test('an invalid specification stalls, says why, and keeps what is known of the workers', () => {
  const { application: _gone, ...invalid } = { application };
  const before = compute({}).result;
  const { result, ready, stalled } = compute({
    ...invalid,
    application: undefined as never,
    previous: before,
    findings: [{ code: 'CEL001', severity: 'error', path: 'spec.app', problem: 'is wrong', fix: 'mend it' }],
  });
  assert.is(ready?.reason, 'InvalidSpec');
  assert.is(stalled?.status, 'True');
  assert.match(stalled?.message ?? '', 'spec.app: is wrong; mend it [CEL001]');
  assert.is(result.readyWorkers, '2/2');
});

test('a missing Secret is waited for, not stalled', () => {
  const { ready, reconciling, stalled } = compute({
    problem: { reason: 'SecretNotFound', message: 'no', final: false },
  });
  assert.is(ready?.reason, 'SecretNotFound');
  assert.is(reconciling?.status, 'True');
  assert.is(stalled?.status, 'False');
});

test('a warning does not stall', () => {
  const { ready } = compute({
    findings: [{ code: 'CEL002', severity: 'warning', path: 'spec', problem: 'p', fix: 'f' }],
  });
  assert.is(ready?.status, 'True');
});

test('a condition keeps its transition time while its status stays', () => {
  const previous = compute({}).result;
  assert.is(compute({ previous, now: '2027-01-01T00:00:00Z' }).ready?.lastTransitionTime, '2026-01-01T00:00:00Z');
  const changed = compute({ previous, now: '2027-01-01T00:00:00Z', observed: new Map() });
  assert.is(changed.ready?.lastTransitionTime, '2027-01-01T00:00:00Z');
});

test('an application that asks for no worker is ready', () => {
  const none = resolve({
    metadata: { name: 'shop' },
    spec: { image: 'a', broker: { url: 'redis://r' }, workers: [{ name: 'default', replicas: 0 }] },
  });
  const { ready } = compute({ application: none, observed: deployment({ observedGeneration: 3 }) });
  assert.is(ready?.status, 'True');
});

const suspended = resolve({
  metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 4 },
  spec: { image: 'a', broker: { url: 'redis://r' }, suspend: true, workers: [{ name: 'default', replicas: 2 }] },
});
const EMPTY = { observedGeneration: 3, replicas: 0 };

test('a suspended application is ready once nothing runs, and says why', () => {
  const { result, ready } = compute({ application: suspended, observed: deployment(EMPTY) });
  assert.is(ready?.status, 'True');
  assert.is(ready?.reason, 'Suspended');
  assert.is(result.readyWorkers, '0/0');
  assert.is(result.conditions?.find((entry) => entry.type === 'Suspended')?.status, 'True');
});

test('a suspended application whose workers still finish their tasks is not there yet', () => {
  const { ready, reconciling } = compute({ application: suspended });
  assert.is(ready?.status, 'False');
  assert.is(reconciling?.status, 'True');
});

test('the condition Suspended ends with the suspension and is never shown to others', () => {
  const of = (result: ReturnType<typeof compute>['result']) =>
    result.conditions?.find((entry) => entry.type === 'Suspended');
  const before = compute({ application: suspended, observed: deployment(EMPTY) }).result;
  assert.is(of(compute({ previous: before }).result)?.status, 'False');
  assert.is(of(compute({}).result), undefined);
});

test('a paused application says so, keeps the generation that was acted on, and waits for nothing', () => {
  const previous = { ...compute({}).result, observedGeneration: 3 };
  const { result, ready, reconciling } = compute({ paused: true, previous });
  assert.is(ready?.status, 'True');
  assert.is(ready?.reason, 'Paused');
  assert.match(ready?.message ?? '', 'celeryproject.org/paused');
  assert.is(reconciling?.status, 'False');
  assert.is(result.observedGeneration, 3);
  assert.is(result.conditions?.find((entry) => entry.type === 'Paused')?.status, 'True');
});

test('while paused a Deployment that somebody scaled is judged by its own number', () => {
  const scaled = new Map([
    ...[...deployment({ ...SETTLED, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 })].map(
      ([key, object]) => [key, { ...object, spec: { replicas: 1 } }] as [string, ChildObject],
    ),
  ]);
  const { result, ready } = compute({ paused: true, observed: scaled });
  assert.is(ready?.status, 'True');
  assert.is(result.readyWorkers, '1/1');
});

const BEAT = {
  kind: 'StatefulSet',
  metadata: { name: 'shop-beat', generation: 1, labels: { 'app.kubernetes.io/component': 'beat' } },
  spec: { replicas: 1 },
};

function withBeat(seen: object, input: Partial<StatusInput> = {}) {
  const observed = new Map<string, ChildObject>([
    ...deployment(SETTLED),
    ['StatefulSet/shop-beat', { ...BEAT, status: { observedGeneration: 1, ...seen } }],
  ]);
  return compute({ components: [BEAT], observed, ...input });
}

test('what is not a pool has to be ready too, a StatefulSet like a Deployment', () => {
  const settled = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  assert.is(withBeat(settled).ready?.status, 'True');
  const { ready } = withBeat({ ...settled, readyReplicas: 0, availableReplicas: 0 });
  assert.is(ready?.reason, 'WorkersProgressing');
  assert.is(ready?.message, 'beat: 0 of 1 ready, 1 updated');
  assert.is(compute({ components: [BEAT] }).ready?.message, 'beat: 0 of 1 ready, 0 updated');
});

test('the trouble of a part’s own pod is named with it', () => {
  const { ready } = withBeat(
    {},
    { pods: [{ ...pod('CrashLoopBackOff'), pool: undefined, component: 'beat' } as never] },
  );
  assert.is(ready?.reason, 'WorkersNotReady');
  assert.match(ready?.message ?? '', /^beat: 0 of 1 ready, 0 updated; pod .*: CrashLoopBackOff$/);
});

const SET = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const periodic = resolve({
  metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 4 },
  spec: { image: 'a', broker: { url: 'redis://r' }, workers: [{ name: 'default', replicas: 2 }], beat: {} },
});

test('beat has a place of its own in status, and loses it with the specification', () => {
  assert.equal(withBeat(SET, { application: periodic }).result.beat, { ready: true });
  const late = withBeat({ ...SET, availableReplicas: 0 }, { application: periodic }).result;
  assert.equal(late.beat, { ready: false });
  const troubled = { ...pod('CrashLoopBackOff'), pool: undefined, component: 'beat' } as never;
  assert.equal(withBeat({}, { application: periodic, pods: [troubled] }).result.beat, {
    ready: false,
    message: 'pod shop-worker-default-x: CrashLoopBackOff',
  });
  assert.is(compute({ previous: late, components: [] }).result.beat, undefined);
});

test('an application that cannot be reconciled keeps what was known of beat', () => {
  const previous = withBeat(SET, { application: periodic }).result;
  const { components: _none, ...input } = { components: undefined, previous };
  assert.equal(compute({ ...input, application: periodic }).result.beat, { ready: true });
  const invalid = status({ generation: 5, findings: [], observed: new Map(), pods: [], now: 'now', previous });
  assert.equal(invalid.beat, { ready: true });
});

test('a beat that waits for a lost node says which, and that no second one starts', () => {
  const { ready, result } = withBeat(
    { ...SET, readyReplicas: 0, availableReplicas: 0 },
    { application: periodic, lostBeat: { pod: 'shop-beat-0', node: 'a' } },
  );
  const message =
    'pod shop-beat-0 cannot end, node a is not ready: no second beat starts until the node answers or is deleted';
  assert.is(result.beat?.message, message);
  assert.is(ready?.message, `beat: 0 of 1 ready, 1 updated; ${message}`);
  assert.is(ready?.reason, 'WorkersNotReady');
});

const withFlower: ResolvedApplication = resolve({
  metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 4 },
  spec: {
    image: 'a',
    broker: { url: 'redis://r' },
    workers: [{ name: 'default', replicas: 2 }],
    flower: { urlPrefix: 'flower' },
  },
});

test('Flower has a status of its own: where it is, whether it answers, what it lacks', () => {
  const ready = { observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  const running = new Map([
    ...deployment(SETTLED),
    ['Deployment/shop-flower', { metadata: { generation: 1 }, status: ready }],
  ]);
  assert.equal(compute({ application: withFlower, observed: running }).result.flower, {
    ready: true,
    url: 'http://shop-flower.n.svc:5555/flower/',
  });
  const trouble = { ...pod('CrashLoopBackOff: container celery'), name: 'shop-flower-x', component: 'flower' };
  assert.equal(compute({ application: withFlower, pods: [trouble] }).result.flower, {
    ready: false,
    url: 'http://shop-flower.n.svc:5555/flower/',
    message: 'pod shop-flower-x: CrashLoopBackOff: container celery',
  });
  const lacking = { ...trouble, problem: 'CrashLoopBackOff: container celery restarted 3 times, last exit 2 (Error)' };
  assert.match(
    compute({ application: withFlower, pods: [lacking] }).result.flower?.message ?? '',
    'does the image hold the Python package flower?',
  );
  assert.is(compute({}).result.flower, undefined);
});

const scaledApplication = (suspend: boolean): ResolvedApplication =>
  resolve({
    metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 4 },
    spec: {
      image: 'a',
      broker: { url: 'redis://r' },
      suspend,
      workers: [
        { name: 'default', queues: ['a'], autoscaling: { minReplicas: 2, maxReplicas: 5, queueLength: { target: 9 } } },
      ],
    },
  });

const asking = (replicas: number, seen: DeploymentStatus): Map<string, Deployment> =>
  new Map([
    [
      'Deployment/shop-worker-default',
      { metadata: { generation: 3 }, spec: { replicas, selector: {}, template: {} }, status: seen },
    ],
  ]);

test('the wanted number of an autoscaled pool is what its autoscaler wrote, and never below its least', () => {
  const wanted = (replicas: number) => {
    const { result } = compute({ application: scaledApplication(false), observed: asking(replicas, SETTLED) });
    return result.workers?.[0]?.desiredReplicas;
  };
  assert.is(wanted(4), 4);
  assert.is(wanted(0), 2);
  assert.is(compute({ application: scaledApplication(false), observed: new Map() }).result.readyWorkers, '0/2');
});

test('an autoscaled pool that is suspended wants no pod, and its autoscaler is said to rest', () => {
  const input = {
    application: scaledApplication(true),
    scaling: [{ pool: 'default', kind: 'ScaledObject' as const }],
  };
  const { result, ready } = compute({ ...input, observed: asking(2, SETTLED) });
  assert.equal([result.workers?.[0]?.desiredReplicas, ready?.status], [0, 'False']);
  const autoscaling = result.conditions?.find(({ type }) => type === 'Autoscaling');
  assert.equal([autoscaling?.status, autoscaling?.reason], ['False', 'Suspended']);
  const none = { observedGeneration: 3 };
  assert.is(compute({ ...input, observed: asking(0, none) }).ready?.reason, 'Suspended');
});

test.run();
