import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication } from '../application/celery-application.ts';
import { type Children, children } from '../application/children.ts';
import { resolve } from '../application/resolve.ts';
import { type Action, type ObservedChildren, plan } from './plan.ts';

function desiredOf(spec: Partial<CeleryApplication['spec']> = {}): Children {
  return children(
    resolve({
      metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
      spec: { image: 'a', app: 'shop', broker: { url: 'redis://r/0' }, ...spec },
    }),
  );
}

/** What the API server would hold after these actions. */
function after(
  actions: readonly Action[],
  before: ObservedChildren = { configMaps: new Map(), deployments: new Map() },
): ObservedChildren {
  const configMaps = new Map(before.configMaps);
  const deployments = new Map(before.deployments);
  for (const action of actions) {
    if (action.do === 'create-config-map') configMaps.set(action.object.metadata?.name ?? '', action.object);
    if (action.do === 'delete-deployment') deployments.delete(action.name);
    if (action.do === 'apply-deployment') {
      const name = action.object.metadata?.name ?? '';
      deployments.set(name, { ...action.object, metadata: { ...action.object.metadata, uid: `uid-${name}` } });
    }
  }
  return { configMaps, deployments };
}

const NOTHING: ObservedChildren = { configMaps: new Map(), deployments: new Map() };
const kinds = (actions: readonly Action[]): string[] => actions.map((action) => action.do);

test('a new application gets its settings before its workers', () => {
  assert.equal(kinds(plan(desiredOf(), NOTHING)), ['create-config-map', 'create-config-map', 'apply-deployment']);
});

test('what was never seen is applied without a uid, so that nothing is taken over by force', () => {
  const action = plan(desiredOf(), NOTHING).at(-1);
  assert.ok(action?.do === 'apply-deployment');
  assert.is(action.uid, undefined);
  assert.is(action.event, 'Created');
});

test('a settled application needs no write', () => {
  const desired = desiredOf();
  assert.equal(plan(desired, after(plan(desired, NOTHING))), []);
});

test('a change of replicas touches only the Deployment', () => {
  const seen = after(plan(desiredOf(), NOTHING));
  const actions = plan(desiredOf({ workers: [{ name: 'default', replicas: 3 }] }), seen);
  assert.equal(kinds(actions), ['apply-deployment']);
  assert.ok(actions[0]?.do === 'apply-deployment');
  assert.is(actions[0].event, 'Updated');
  assert.is(actions[0].uid, 'uid-shop-worker-default');
});

test('a change of settings makes new ConfigMaps and leaves the old ones to the pods that use them', () => {
  const seen = after(plan(desiredOf(), NOTHING));
  const actions = plan(desiredOf({ config: { task_acks_late: true } }), seen);
  assert.equal(kinds(actions), ['create-config-map', 'create-config-map', 'apply-deployment']);
});

test('a change of one pool leaves the other pool alone', () => {
  const two = (concurrency: number): Children => desiredOf({ workers: [{ name: 'a', concurrency }, { name: 'b' }] });
  const actions = plan(two(2), after(plan(two(1), NOTHING)));
  assert.equal(kinds(actions), ['apply-deployment']);
});

test('a pool that is gone from the specification goes last', () => {
  const seen = after(plan(desiredOf({ workers: [{ name: 'a' }, { name: 'b' }] }), NOTHING));
  const actions = plan(desiredOf({ workers: [{ name: 'a' }] }), seen);
  assert.equal(actions, [
    {
      do: 'delete-deployment',
      name: 'shop-worker-b',
      uid: 'uid-shop-worker-b',
      why: 'its pool is gone from the specification',
    },
  ]);
});

test('somebody’s edit of a field that is ours is repaired, somebody’s own field is left alone', () => {
  const desired = desiredOf();
  const seen = after(plan(desired, NOTHING));
  const name = 'shop-worker-default';
  const deployment = seen.deployments.get(name) as Deployment;
  const edited = structuredClone(deployment);
  if (edited.spec) edited.spec.replicas = 7;
  const repaired = plan(desired, { ...seen, deployments: new Map([[name, edited]]) });
  assert.ok(repaired[0]?.do === 'apply-deployment' && repaired[0].event === 'Repaired');
  const extended = structuredClone(deployment);
  extended.metadata = { ...extended.metadata, labels: { ...extended.metadata?.labels, team: 'shop' } };
  assert.equal(plan(desired, { ...seen, deployments: new Map([[name, extended]]) }), []);
});

test('a Deployment that is being deleted is left to go', () => {
  const desired = desiredOf();
  const seen = after(plan(desired, NOTHING));
  const going = new Map(
    [...seen.deployments].map(([name, deployment]) => [
      name,
      { ...deployment, metadata: { ...deployment.metadata, deletionTimestamp: 'now' } },
    ]),
  );
  assert.equal(plan(desired, { ...seen, deployments: going }), []);
});

test.run();
