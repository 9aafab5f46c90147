import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mountsBelow } from './mounts.ts';

test('mounts below a directory, the newest first, with escaped names decoded; a similar name is not below', () => {
  const text = [
    '1 0 0:1 / /run/c rw - tmpfs x rw',
    '2 1 0:1 / /run/c/a\\040b rw - tmpfs x rw',
    '3 1 0:1 / /run/cc rw - tmpfs x rw',
  ].join('\n');
  assert.equal(mountsBelow(text, '/run/c'), ['/run/c/a b', '/run/c']);
});

test.run();
