import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashContext, isIgnored, parseIgnore } from './context-hash.ts';

test('.dockerignore: a pattern leaves out what is below it, a later ! brings it back', () => {
  const rules = parseIgnore('# comment\n/node_modules/\n**/*.log\n!keep.log\n');
  assert.ok(isIgnored(rules, 'node_modules/a/b.js'));
  assert.ok(isIgnored(rules, 'deep/x.log'));
  assert.not(isIgnored(rules, 'keep.log'));
  assert.not(isIgnored(rules, 'src/node.ts'));
});

test('the hash changes with contents and names, not with what is ignored', () => {
  const dir = mkdtempSync(join(tmpdir(), 'context-'));
  try {
    writeFileSync(join(dir, '.dockerignore'), 'ignored\n');
    writeFileSync(join(dir, 'a'), '1');
    const first = hashContext(dir);
    writeFileSync(join(dir, 'ignored'), 'x');
    assert.is(hashContext(dir), first);
    writeFileSync(join(dir, 'a'), '2');
    assert.is.not(hashContext(dir), first);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
