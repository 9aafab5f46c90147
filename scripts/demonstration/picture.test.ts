import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { picture } from './picture.ts';

const samples = [
  { seconds: 0, queued: 0, desired: 2, ready: 2 },
  { seconds: 10, queued: 30000, desired: 5, ready: 2 },
  { seconds: 40, queued: 0, desired: 2, ready: 5 },
];

test('the highest point of the queue lies inside its panel, and zero on its floor', () => {
  const points =
    /<polyline points="([^"]+)"/
      .exec(picture('t', samples))?.[1]
      ?.split(' ')
      .map((pair) => Number(pair.split(',')[1])) ?? [];
  assert.is(points[0], 236);
  assert.ok((points[1] ?? 0) >= 64 && (points[1] ?? 0) < 120);
});

test('the title is text, whatever is in it', () => {
  assert.match(picture('<b> & co', samples), '&lt;b&gt; &amp; co');
});

test('counts move in steps, not in slopes', () => {
  const ready = picture('t', samples).split('<polyline')[3] ?? '';
  const points = /points="([^"]+)"/.exec(ready)?.[1]?.split(' ') ?? [];
  assert.is(points.length, 5);
});

test('no number in the drawing is broken', () => {
  assert.not.match(picture('t', [{ seconds: 0, queued: 0, desired: 0, ready: 0 }]), /NaN|Infinity|undefined/);
});

test.run();
