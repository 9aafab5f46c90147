import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication } from '../application/celery-application.ts';
import { childKey } from '../application/child-object.ts';
import { type Children, children } from '../application/children.ts';
import type { PodDefaults } from '../application/pod-defaults.ts';
import { resolve } from '../application/resolve.ts';
import { childKind } from './child-kinds.ts';
import { type Action, type ObservedChildren, plan } from './plan.ts';
import { otherClaims } from './volume-claims.ts';

function desiredOf(spec: Partial<CeleryApplication['spec']> = {}, defaults: PodDefaults = {}): Children {
  return children(
    resolve(
      {
        metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
        spec: { image: 'a', app: 'shop', broker: { url: 'redis://r/0' }, ...spec },
      },
      defaults,
    ),
  );
}

/** What the API server would hold after these actions. */
function after(
  actions: readonly Action[],
  before: ObservedChildren = { configMaps: new Map(), objects: new Map() },
): ObservedChildren {
  const configMaps = new Map(before.configMaps);
  const objects = new Map(before.objects);
  for (const action of actions) {
    if (action.do === 'create-config-map') configMaps.set(action.object.metadata?.name ?? '', action.object);
    if (action.do === 'delete') objects.delete(childKey(action.kind.resource.kind, action.name));
    if (action.do === 'apply') {
      const name = action.object.metadata?.name ?? '';
      objects.set(childKey(action.object.kind, name), {
        ...action.object,
        metadata: { ...action.object.metadata, uid: `uid-${name}` },
      });
    }
  }
  return { configMaps, objects };
}

const NOTHING: ObservedChildren = { configMaps: new Map(), objects: new Map() };
const kinds = (actions: readonly Action[]): string[] => actions.map((action) => action.do);

test('a new application gets its settings before its workers', () => {
  assert.equal(kinds(plan(desiredOf(), NOTHING)), ['create-config-map', 'create-config-map', 'apply']);
});

test('what was never seen is applied without a uid, so that nothing is taken over by force', () => {
  const action = plan(desiredOf(), NOTHING).at(-1);
  assert.ok(action?.do === 'apply');
  assert.is(action.uid, undefined);
  assert.is(action.event, 'Created');
});

test('a settled application needs no write', () => {
  const desired = desiredOf();
  assert.equal(plan(desired, after(plan(desired, NOTHING))), []);
});

test('a change of replicas touches only the Deployment', () => {
  const seen = after(plan(desiredOf({ workers: [{ name: 'default', replicas: 2 }] }), NOTHING));
  const actions = plan(desiredOf({ workers: [{ name: 'default', replicas: 3 }] }), seen);
  assert.equal(kinds(actions), ['apply']);
  assert.ok(actions[0]?.do === 'apply');
  assert.is(actions[0].event, 'Updated');
  assert.is(actions[0].uid, 'uid-shop-worker-default');
});

test('a change of settings makes new ConfigMaps and leaves the old ones to the pods that use them', () => {
  const seen = after(plan(desiredOf(), NOTHING));
  const actions = plan(desiredOf({ config: { task_acks_late: true } }), seen);
  assert.equal(kinds(actions), ['create-config-map', 'create-config-map', 'apply']);
});

test('a change of the installation’s defaults rolls the pods and is named as the cause', () => {
  const seen = after(plan(desiredOf(), NOTHING));
  const [action] = plan(desiredOf({}, { nodeSelector: { pool: 'batch' } }), seen);
  assert.ok(action?.do === 'apply' && action.event === 'Updated');
  assert.is(action.why, "the defaults of the operator's installation changed");
});

test('a change of one pool leaves the other pool alone', () => {
  const two = (concurrency: number): Children => desiredOf({ workers: [{ name: 'a', concurrency }, { name: 'b' }] });
  const actions = plan(two(2), after(plan(two(1), NOTHING)));
  assert.equal(kinds(actions), ['apply']);
});

test('a pool that is gone from the specification goes last', () => {
  const seen = after(plan(desiredOf({ workers: [{ name: 'a' }, { name: 'b' }] }), NOTHING));
  const actions = plan(desiredOf({ workers: [{ name: 'a' }] }), seen);
  assert.equal(actions, [
    {
      do: 'delete',
      kind: childKind('Deployment'),
      name: 'shop-worker-b',
      uid: 'uid-shop-worker-b',
      why: 'the specification asks for it no longer',
    },
  ]);
});

test('somebody’s edit of a field that is ours is repaired, somebody’s own field is left alone', () => {
  const desired = desiredOf();
  const seen = after(plan(desired, NOTHING));
  const name = 'Deployment/shop-worker-default';
  const deployment = seen.objects.get(name) as Deployment;
  const edited = structuredClone(deployment);
  if (edited.spec) edited.spec.replicas = 7;
  const repaired = plan(desired, { ...seen, objects: new Map([[name, edited]]) });
  assert.ok(repaired[0]?.do === 'apply' && repaired[0].event === 'Repaired');
  const extended = structuredClone(deployment);
  extended.metadata = { ...extended.metadata, labels: { ...extended.metadata?.labels, team: 'shop' } };
  assert.equal(plan(desired, { ...seen, objects: new Map([[name, extended]]) }), []);
});

test('a Deployment that is being deleted is left to go', () => {
  const desired = desiredOf();
  const seen = after(plan(desired, NOTHING));
  const going = new Map(
    [...seen.objects].map(([name, deployment]) => [
      name,
      { ...deployment, metadata: { ...deployment.metadata, deletionTimestamp: 'now' } },
    ]),
  );
  assert.equal(plan(desired, { ...seen, objects: going }), []);
});

test('kinds are written in their order and removed the other way round', () => {
  const stateful = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'shop-beat' }, spec: {} };
  const desired = desiredOf();
  const both: Children = { ...desired, workloads: [stateful, ...desired.workloads] };
  const actions = plan(both, NOTHING);
  assert.equal(
    actions.slice(2).map((action) => action.do === 'apply' && action.object.kind),
    ['Deployment', 'StatefulSet'],
  );
  assert.equal(
    plan({ ...desired, workloads: [] }, after(actions)).map((action) => action.do === 'delete' && action.name),
    ['shop-beat', 'shop-worker-default'],
  );
});

test('other volume claims need another StatefulSet: the old one goes first', () => {
  const small = desiredOf({ beat: { storage: { size: '1Gi' } } });
  const seen = after(plan(small, NOTHING));
  assert.equal(plan(small, seen), []);
  for (const beat of [{}, { storage: { size: '2Gi' } }, { storage: { size: '1Gi', className: 'fast' } }]) {
    const desired = desiredOf({ beat });
    const actions = plan(desired, seen).filter((action) => action.do !== 'create-config-map');
    assert.equal(
      actions.map((action) => action.do === 'delete' && action.name),
      ['shop-beat'],
    );
    const made = plan(desired, after(actions, seen)).at(-1);
    assert.is(made?.do === 'apply' && made.event, 'Created');
  }
});

test('the size of a claim may be written in other units', () => {
  const claims = (storage: string) => ({
    kind: 'StatefulSet',
    spec: { volumeClaimTemplates: [{ metadata: { name: 'a' }, spec: { resources: { requests: { storage } } } }] },
  });
  assert.not(otherClaims(claims('0.5Gi'), claims('512Mi')));
  assert.ok(otherClaims(claims('0.5Gi'), claims('500Mi')));
});

test('a child of a kind that nothing watches is a mistake, not a surprise in the cluster', () => {
  const desired = { ...desiredOf(), workloads: [{ kind: 'CronJob', metadata: { name: 'a' } }] };
  assert.throws(() => plan(desired, NOTHING), 'CronJob');
});

test.run();
