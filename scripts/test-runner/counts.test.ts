import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countsOf } from './counts.ts';

const output = (total: number, passed: number, skipped: number): string =>
  `• •\n\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1ms\n`;

test('reads the counts of a good run', () => {
  assert.equal(countsOf(output(3, 3, 1), 0), { passed: 3, failed: 0, skipped: 1 });
});

test('counts what did not pass as failed', () => {
  assert.equal(countsOf(output(3, 1, 0), 1), { passed: 1, failed: 2, skipped: 0 });
});

test('a file that crashed before its first test failed', () => {
  assert.equal(countsOf('SyntaxError', 1), { passed: 0, failed: 1, skipped: 0 });
});

test('a file that ran no test failed, even when it ended well', () => {
  assert.equal(countsOf('', 0), { passed: 0, failed: 1, skipped: 0 });
});

test('a file that was killed after passing failed', () => {
  assert.equal(countsOf(output(2, 2, 0), null), { passed: 2, failed: 1, skipped: 0 });
});

test.run();
