import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withLock } from './lock.ts';

const dir = mkdtempSync(join(tmpdir(), 'lock-'));
test.after(() => rmSync(dir, { recursive: true }));

test('one at a time, and the waiting one says for whom', async () => {
  const path = join(dir, 'a');
  const order: string[] = [];
  const said: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name}+`);
    await new Promise((wake) => setTimeout(wake, 20));
    order.push(`${name}-`);
  };
  await Promise.all([withLock(path, work('1')), withLock(path, work('2'), (line) => said.push(line))]);
  assert.equal(order, ['1+', '1-', '2+', '2-']);
  assert.is(said.length, 1);
});

test('the lock of a dead process is taken over, and a failure gives it back', async () => {
  const path = join(dir, 'b');
  writeFileSync(path, JSON.stringify({ pid: process.pid, start: '1' }));
  const failure = withLock(path, () => Promise.reject(new Error('work')));
  await failure.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'work'),
  );
  assert.is(await withLock(path, async () => 'again'), 'again');
});

test.run();
