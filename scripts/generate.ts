import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFromSchema } from '../schemas/generate.ts';

/** Writes every generated file of the checkout. A test fails when one is stale. */
const root = join(import.meta.dirname, '..');
for (const file of await generatedFromSchema()) {
  const path = join(root, file.path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, file.text);
  console.log(`wrote ${file.path}`);
}
