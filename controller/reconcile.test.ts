import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Status } from '../application/celery-application.ts';
import type { ChildObject } from '../application/child-object.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Observed } from './observe.ts';
import { type ReconcileContext, reconcile } from './reconcile.ts';

/** One reconcile in an empty cluster. */
async function run(metadata: object, spec: Partial<CeleryApplication['spec']> = {}) {
  const application: CeleryApplication = {
    metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 2, ...metadata },
    spec: { image: 'a', app: 'shop', broker: { url: 'redis://r/0' }, ...spec },
  };
  const full = { apiVersion: 'celeryproject.org/v1beta1', kind: 'CeleryApplication', ...application };
  const written: string[] = [];
  const statuses: Status[] = [];
  const write = async (_resource: unknown, object: ChildObject) => {
    written.push(`${object.kind} ${object.metadata?.name}`);
    return object;
  };
  const empty = { set: () => [], of: () => new Map() };
  const context: ReconcileContext = {
    client: { get: async () => undefined, create: write, apply: write } as unknown as KubernetesClient,
    observed: {
      application: () => full,
      objects: () => [],
      served: () => true,
      configMaps: empty,
      pods: empty,
    } as unknown as Observed,
    events: { event: () => {}, flush: async () => {} },
    writeStatus: async (_application, next) => void statuses.push(next),
    urls: { secret: async () => undefined, bundled: async () => undefined },
    queueLengths: { read: async () => undefined },
    installation: {},
    held: () => true,
  };
  const again = await reconcile('n/shop', context);
  return { written, again, ready: statuses[0]?.conditions?.find((entry) => entry.type === 'Ready') };
}

test('an application gets its children', async () => {
  const { written, ready } = await run({});
  assert.is(written.length, 3);
  assert.is(written[2], 'Deployment shop-worker-default');
  assert.is(ready?.reason, 'WorkersProgressing');
});

test('a paused application gets its status and nothing else', async () => {
  const { written, again, ready } = await run({ annotations: { 'celeryproject.org/paused': 'true' } });
  assert.equal(written, []);
  assert.is(again, undefined);
  assert.is(ready?.reason, 'Paused');
});

test('any other value of the annotation pauses nothing', async () => {
  assert.is((await run({ annotations: { 'celeryproject.org/paused': 'false' } })).written.length, 3);
});

test('an application whose specification is invalid says that, paused or not', async () => {
  const annotations = { 'celeryproject.org/paused': 'true' };
  const { written, ready } = await run({ annotations }, { config: { task_always_eager: true } });
  assert.equal(written, []);
  assert.is(ready?.reason, 'InvalidSpec');
});

test.run();
