import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { queueLengths } from './queue-lengths.ts';

test('KEDA is asked for the sum, once in a quarter of a minute', async () => {
  let now = 0;
  const paths: string[] = [];
  const client = {
    read: async <T>(path: string): Promise<T | undefined> => {
      paths.push(path);
      return { items: [{ value: paths.length === 1 ? '30k' : '12345m' }] } as T;
    },
  };
  const lengths = queueLengths(client, () => now);
  assert.is(await lengths.read('n', 'shop-worker-default'), 30_000);
  now = 9_999;
  assert.is(await lengths.read('n', 'shop-worker-default'), 30_000);
  now = 10_000;
  assert.is(await lengths.read('n', 'shop-worker-default'), 12);
  assert.equal(
    paths,
    Array(2).fill(
      '/apis/external.metrics.k8s.io/v1beta1/namespaces/n/composite-metric?labelSelector=scaledobject.keda.sh%2Fname%3Dshop-worker-default',
    ),
  );
});

test('no answer is no number, and no failure', async () => {
  const silent = queueLengths({ read: async () => undefined }, () => 0);
  assert.is(await silent.read('n', 'a'), undefined);
  const broken = queueLengths({ read: () => Promise.reject(new Error('503')) }, () => 0);
  assert.is(await broken.read('n', 'a'), undefined);
});

test.run();
