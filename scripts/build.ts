import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..');

export interface BuildOptions {
  /** The program's entry. */
  readonly entry?: string;
  /** Directory to write to; what was in it goes away. */
  readonly outdir?: string;
}

/**
 * Bundles the program into `dist/celery-operator.js` and chunks that are loaded on demand, so that each subcommand reads only
 * the code it needs. ES modules; the version comes from package.json and stands in the code as `CELERY_OPERATOR_VERSION`.
 * @returns what esbuild wrote, with sizes
 */
export async function bundle(options: BuildOptions = {}): Promise<Metafile> {
  const outdir = options.outdir ?? join(root, 'dist');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await rm(outdir, { recursive: true, force: true });
  const result = await build({
    entryPoints: { 'celery-operator': options.entry ?? join(root, 'cli', 'main.ts') },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    metafile: true,
    // Names stay, so that a stack trace in a log says where; the rest shrinks what Node has to read at start.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'external',
    chunkNames: 'chunks/[name]-[hash]',
    define: { CELERY_OPERATOR_VERSION: JSON.stringify(version) },
    // fastify, pino and ajv are CommonJS: inside an ES module they need a require for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    absWorkingDir: root,
    logLevel: 'warning',
  });
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify({ type: 'module', version })}\n`);
  return result.metafile;
}

if (import.meta.main) {
  const { outputs } = await bundle();
  for (const path of Object.keys(outputs).sort()) {
    const { size } = await stat(join(root, path));
    console.log(`${relative(root, join(root, path))} ${(size / 1024).toFixed(0)} KiB`);
  }
}
