import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { identify, isAlive, parseStat } from './process-table.ts';

test('the state and start time are found behind a name with spaces and parentheses', () => {
  const stat = `42 (a b) c) S ${Array.from({ length: 18 }, (_, i) => i).join(' ')} 987 0 0`;
  assert.equal(parseStat(stat), { state: 'S', start: '987' });
});

test('a process is told from a later one with the same pid', () => {
  const self = identify(process.pid);
  assert.ok(self && isAlive(self));
  assert.not(isAlive({ pid: process.pid, start: '1' }));
});

test.run();
