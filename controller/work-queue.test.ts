import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createWorkQueue } from './work-queue.ts';

/** A queue whose work ends when the test says so. */
function controlled(concurrency = 2) {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const queue = createWorkQueue({
    concurrency,
    work: (key) => {
      started.push(key);
      return new Promise((resolve) => ends.push(resolve));
    },
    onError: () => {},
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { queue, started, settle, end: () => ends.shift()?.() };
}

test('many asks for a waiting key are one', async () => {
  const { queue, started, settle, end } = controlled(1);
  for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
  end();
  await settle();
  end();
  await settle();
  assert.equal(started, ['a', 'b']);
});

test('an ask for a running key runs it once more afterwards, never beside itself', async () => {
  const { queue, started, settle, end } = controlled();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  assert.equal(started, ['a']);
  end();
  await settle();
  assert.equal(started, ['a', 'a']);
  end();
  await settle();
  assert.equal(started, ['a', 'a']);
});

test('no more run at once than allowed', async () => {
  const { queue, started } = controlled(2);
  for (const key of ['a', 'b', 'c']) queue.add(key);
  assert.equal(started, ['a', 'b']);
  assert.is(queue.running, 2);
});

test('a failure is told and retried, and breaks no other key', async () => {
  const failed: string[] = [];
  const done: string[] = [];
  let attempts = 0;
  await new Promise<void>((resolve) => {
    const queue = createWorkQueue({
      concurrency: 1,
      work: async (key) => {
        if (key === 'bad' && attempts++ === 0) throw new Error('no');
        done.push(key);
        if (done.length === 2) resolve();
      },
      onError: (key) => failed.push(key),
    });
    queue.add('bad');
    queue.add('good');
  });
  assert.equal(failed, ['bad']);
  assert.equal(done, ['good', 'bad']);
});

test('stopping waits for what runs and starts nothing more', async () => {
  const { queue, started, settle, end } = controlled(1);
  queue.add('a');
  queue.add('b');
  let stopped = false;
  const stop = queue.stop().then(() => {
    stopped = true;
  });
  await settle();
  assert.not(stopped);
  end();
  await stop;
  queue.add('c');
  assert.equal(started, ['a']);
});

test.run();
