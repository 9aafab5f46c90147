import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generatedFiles } from '../scripts/generated-files.ts';

for (const file of await generatedFiles()) {
  test(`${file.path} is what \`npm run generate\` writes`, () => {
    assert.is(readFileSync(join(import.meta.dirname, '..', file.path), 'utf8'), file.text);
  });
}

test.run();
