import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sameQuantity } from './quantity.ts';

const same: [unknown, unknown][] = [
  ['0.5', '500m'],
  ['1024Mi', '1Gi'],
  [1, '1'],
  [0.1, '100m'],
  ['1e3', '1k'],
  ['1E3', '1000'],
  ['1.5Gi', '1536Mi'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['-1', '-1000m'],
  ['0', '0Gi'],
  ['1E', '1000P'],
];

for (const [a, b] of same) {
  test(`${a} is ${b}`, () => {
    assert.ok(sameQuantity(a, b));
    assert.ok(sameQuantity(b, a));
  });
}

for (const [a, b] of [
  ['1', '2'],
  ['1G', '1Gi'],
  ['1', '-1'],
  ['', ''],
  ['.', '.'],
  ['one', 'one'],
  ['1 ', '1'],
  [undefined, undefined],
  [true, true],
]) {
  test(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`, () => {
    assert.not.ok(sameQuantity(a, b));
  });
}

test('milli units and whole units agree', () => {
  fc.assert(fc.property(fc.integer(), (n) => sameQuantity(String(n), `${BigInt(n) * 1000n}m`)));
});

test('any text is answered', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => typeof sameQuantity(a, b) === 'boolean'));
});

test.run();
