import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { ApiError } from '../kubernetes/errors.ts';
import { leavingBeat, lostNode } from './lost-node.ts';
import type { PodSummary } from './pod-problem.ts';

const pod: PodSummary = {
  name: 'shop-beat-0',
  component: 'beat',
  ready: false,
  terminating: true,
  node: 'a',
  configMaps: [],
};

const client = (get: () => unknown): KubernetesClient => ({ get: async () => get() }) as unknown as KubernetesClient;
const node = (status: string) => ({ status: { conditions: [{ type: 'Ready', status }] } });
const forbidden = (): never => {
  throw new ApiError({ status: 403, reason: 'Forbidden', message: 'no' });
};
const broken = (): never => {
  throw new ApiError({ status: 500, reason: 'InternalError', message: 'no' });
};

test('only a beat that is on its way out is looked at', () => {
  assert.is(leavingBeat([{ ...pod, component: 'worker' }, pod]), pod);
  assert.is(leavingBeat([{ ...pod, terminating: false }]), undefined);
});

test('a node that is not ready, or not heard of, holds its pod', async () => {
  const lost = { pod: 'shop-beat-0', node: 'a' };
  assert.equal(
    await lostNode(
      client(() => node('Unknown')),
      pod,
    ),
    lost,
  );
  assert.equal(
    await lostNode(
      client(() => node('False')),
      pod,
    ),
    lost,
  );
  assert.equal(
    await lostNode(
      client(() => ({})),
      pod,
    ),
    lost,
  );
});

test('a ready node, one that is gone and one that may not be read hold nothing', async () => {
  assert.is(
    await lostNode(
      client(() => node('True')),
      pod,
    ),
    undefined,
  );
  assert.is(
    await lostNode(
      client(() => undefined),
      pod,
    ),
    undefined,
  );
  assert.is(await lostNode(client(forbidden), pod), undefined);
  assert.is(await lostNode(client(broken), { ...pod, node: undefined } as never), undefined);
});

test('other errors are the API server’s and are retried', async () => {
  try {
    await lostNode(client(broken), pod);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ApiError);
  }
});

test.run();
