import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentFiles, flowerFiles } from './files.ts';
import { generatedAgentFiles } from './generate.ts';

test('the generated module is up to date', () => {
  for (const { path, text } of generatedAgentFiles())
    assert.is(
      readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8'),
      text,
      `${path} is stale: npm run generate`,
    );
});

test('the files arrive unchanged', () => {
  for (const [name, text] of Object.entries({ ...agentFiles, ...flowerFiles }))
    assert.is(text, readFileSync(join(import.meta.dirname, name), 'utf8'));
});

test.run();
