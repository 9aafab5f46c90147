import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication } from '../application/celery-application.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { ApiError } from '../kubernetes/errors.ts';
import { DEPLOYMENTS } from '../kubernetes/resources.ts';
import { execute } from './apply.ts';
import type { Action } from './plan.ts';

const application: CeleryApplication = {
  metadata: { name: 'shop', namespace: 'n', uid: 'u' },
  spec: { image: 'a', broker: {} },
};

const SCALED = {
  group: 'keda.sh',
  version: 'v1alpha1',
  plural: 'scaledobjects',
  kind: 'ScaledObject',
  namespaced: true,
};

const write = (resource: typeof DEPLOYMENTS, optional: boolean): Action => ({
  do: 'apply',
  kind: { resource, optional, removed: true },
  object: { kind: resource.kind, metadata: { name: 'shop', namespace: 'n' } },
  event: 'Created',
  why: 'it was not there',
});

/** A cluster without KEDA. */
async function carryOut(actions: readonly Action[]) {
  const applied: (string | undefined)[] = [];
  const client = {
    get: async () => undefined,
    apply: async (resource: typeof DEPLOYMENTS, object: object) => {
      if (resource.group === 'keda.sh')
        throw new ApiError({ status: 404, reason: 'NotFound', message: 'no such kind' });
      return object;
    },
  } as unknown as KubernetesClient;
  const events = { event: () => {}, flush: async () => {} };
  let error: unknown;
  try {
    await execute(actions, application, { client, events, held: () => true }, ({ kind }) => applied.push(kind));
  } catch (thrown) {
    error = thrown;
  }
  return { applied, error };
}

test('a kind that the cluster lacks is named after everything else was written', async () => {
  const { applied, error } = await carryOut([write(SCALED, true), write(DEPLOYMENTS, false)]);
  assert.equal(applied, ['Deployment']);
  assert.is((error as Error).name, 'KindMissing');
  assert.match((error as Error).message, 'this cluster has no ScaledObject (keda.sh/v1alpha1)');
});

test('the same answer for a kind that every cluster has is an error of the API server', async () => {
  const { applied, error } = await carryOut([write(SCALED, false), write(DEPLOYMENTS, false)]);
  assert.equal(applied, []);
  assert.instance(error, ApiError);
});

test.run();
