import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { garbage, KEEP_MILLISECONDS } from './garbage.ts';

const now = 10 * KEEP_MILLISECONDS;
const old = { name: 'old', lastUsed: now - KEEP_MILLISECONDS - 1 };

test('what nothing has used for an hour goes', () => {
  assert.equal(garbage([old], new Set(), now), ['old']);
});

test('what is still referred to stays, however old', () => {
  assert.equal(garbage([old], new Set(['old']), now), []);
});

test('what was used within the hour stays', () => {
  assert.equal(garbage([{ name: 'young', lastUsed: now - KEEP_MILLISECONDS }], new Set(), now), []);
});

test.run();
