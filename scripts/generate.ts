import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.ts';

/** Writes every generated file of the checkout. A test fails when one is stale. */
const root = join(import.meta.dirname, '..');
for (const file of await generatedFiles()) {
  const path = join(root, file.path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, file.text);
  console.log(`wrote ${file.path}`);
}
