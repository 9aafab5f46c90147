import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './exec.ts';
import { buildImage, builtImage } from './image-build.ts';
import type { ImageArchive } from './image-import.ts';
import { baseNames } from './image-name.ts';
import { ensurePackages } from './packages.ts';
import { toolDir } from './paths.ts';

/** The npm that goes into the Node image beside the Node that runs this program. */
const npmVersion = '11.19.1';
const authorities = '/etc/ssl/certs/ca-certificates.crt';

interface BaseImage {
  readonly tag: string;
  /** Directory under `images/`: a Dockerfile and what it copies. */
  readonly recipe: string;
  /** What the image is made from beyond its recipe. */
  readonly inputs: () => string;
  /** Adds what the recipe does not hold to the context. */
  readonly prepare?: (context: string) => Promise<void>;
}

/** A minimal Debian, with this machine's certificate authorities: a build inside it reaches what this machine reaches. */
async function makeRootFileSystem(context: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'debootstrap-'));
  try {
    await run('debootstrap', ['--variant=minbase', '--include=ca-certificates,catatonit', 'bookworm', root]);
    copyFileSync(authorities, join(root, authorities));
    writeFileSync(join(root, 'etc/pip.conf'), `[global]\ncert = ${authorities}\n`);
    for (const dir of ['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log/apt']) {
      rmSync(join(root, dir), { recursive: true, force: true });
      mkdirSync(join(root, dir, dir.startsWith('var/log') ? '' : 'partial'), { recursive: true });
    }
    rmSync(join(root, 'var/cache/apt/pkgcache.bin'), { force: true });
    rmSync(join(root, 'var/cache/apt/srcpkgcache.bin'), { force: true });
    for (const file of ['etc/resolv.conf', 'etc/hostname']) rmSync(join(root, file), { force: true }); // this machine's own
    await run('tar', [
      '--one-file-system',
      '--exclude=./dev/*',
      '--exclude=./proc/*',
      '--exclude=./sys/*',
      '-C',
      root,
      '-cf',
      join(context, 'rootfs.tar'),
      '.',
    ]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function addNode(context: string): Promise<void> {
  copyFileSync(process.execPath, join(context, 'node'));
  await run('npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    join(context, '.npm'),
    `npm@${npmVersion}`,
  ]);
  cpSync(join(context, '.npm', 'node_modules', 'npm'), join(context, 'npm'), { recursive: true });
  rmSync(join(context, '.npm'), { recursive: true });
}

/** The images that users' Dockerfiles and charts name, each built after the one it stands on. */
const catalogue: readonly BaseImage[] = [
  {
    tag: 'docker.io/library/debian:bookworm-slim',
    recipe: 'debian',
    inputs: () => readFileSync(authorities, 'utf8'),
    prepare: makeRootFileSystem,
  },
  { tag: 'docker.io/library/python:3.11-slim', recipe: 'python', inputs: () => '' },
  {
    tag: 'docker.io/library/node:24-slim',
    recipe: 'node',
    inputs: () => `${process.version} ${npmVersion}`,
    prepare: addNode,
  },
  { tag: 'docker.io/library/redis:7', recipe: 'redis', inputs: () => '' },
  { tag: 'docker.io/library/rabbitmq:3', recipe: 'rabbitmq', inputs: () => '' },
];

/** The tags of the base images. */
export const baseImageTags: readonly string[] = catalogue.map((image) => image.tag);

/** A hash of what an image is made from: its recipe, the code that prepares it, the images below it, its further inputs. */
function inputKey(image: BaseImage): string {
  const recipe = join(toolDir, 'images', image.recipe);
  const hash = createHash('sha256')
    .update(image.inputs())
    .update(String(image.prepare ?? ''));
  for (const name of readdirSync(recipe).sort()) hash.update(`${name}\0`).update(readFileSync(join(recipe, name)));
  for (const base of baseNames(readFileSync(join(recipe, 'Dockerfile'), 'utf8')))
    hash.update(`${builtImage(base)?.key}`);
  return hash.digest('hex');
}

async function buildBase(image: BaseImage, say: (line: string) => void): Promise<ImageArchive> {
  const recipe = join(toolDir, 'images', image.recipe);
  const contextKey = inputKey(image);
  const current = builtImage(image.tag);
  const note = current && `${current.path}.inputs`;
  if (current && note && existsSync(note) && readFileSync(note, 'utf8') === contextKey) return current;
  const context = mkdtempSync(join(tmpdir(), 'base-image-'));
  try {
    cpSync(recipe, context, { recursive: true });
    await image.prepare?.(context);
    const archive = await buildImage(context, join(context, 'Dockerfile'), image.tag, { say, contextKey });
    writeFileSync(`${archive.path}.inputs`, contextKey);
    return archive;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/**
 * Makes the base images that are not in the cache: `debian:bookworm-slim`, `python:3.11-slim`, `node:24-slim`, `redis:7`,
 * `rabbitmq:3`.
 * @returns their archives
 * @throws CommandFailed when debootstrap, npm or a build fails
 */
export async function baseImages(say: (line: string) => void): Promise<ImageArchive[]> {
  await ensurePackages(['debootstrap', 'buildah'], say);
  const archives: ImageArchive[] = [];
  for (const image of catalogue) archives.push(await buildBase(image, say));
  return archives;
}
