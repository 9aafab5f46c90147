import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashContext } from './context-hash.ts';
import { run, UserError } from './exec.ts';
import { archivePath, type ImageArchive } from './image-import.ts';
import { baseNames, fullImageName } from './image-name.ts';
import { withLock } from './lock.ts';
import { unmountBelow } from './mounts.ts';
import { cacheDir } from './paths.ts';

const storage = (): string => join(cacheDir(), 'storage');
const imagesLock = (): string => join(cacheDir(), 'images.lock');
const keysPath = (): string => join(storage(), 'keys.json');

/** Image name → hash of all it was built from, for the images in our local storage. */
function readKeys(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(keysPath(), 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}

/** Runs buildah on our own storage, with short names meaning docker.io, as for users of Docker. */
async function buildah(args: readonly string[]): Promise<string> {
  mkdirSync(storage(), { recursive: true });
  const registries = join(storage(), 'registries.conf');
  writeFileSync(registries, 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "disabled"\n');
  const roots = ['--root', join(storage(), 'root'), '--runroot', join(storage(), 'run'), '--storage-driver', 'overlay'];
  return run('buildah', [...roots, ...args], { env: { ...process.env, CONTAINERS_REGISTRIES_CONF: registries } });
}

const fileName = (tag: string): string => tag.replace(/^docker\.io\/(library\/)?/, '').replaceAll(/[^\w.-]+/g, '-');

/** The cached archive of an image that was built here, or undefined. */
export function builtImage(tag: string): ImageArchive | undefined {
  const name = fullImageName(tag);
  const key = readKeys()[name];
  if (key === undefined) return undefined;
  const path = archivePath(fileName(name), key);
  return existsSync(path) ? { tag: name, key, path } : undefined;
}

/** Every image that was built here. */
export function builtImages(): ImageArchive[] {
  return Object.keys(readKeys()).flatMap((tag) => builtImage(tag) ?? []);
}

/** Removes archives of earlier contents of the same image: they are hundreds of megabytes each. */
function removeOlder(archive: ImageArchive): void {
  const dir = join(cacheDir(), 'images');
  const earlier = new RegExp(`^${fileName(archive.tag).replaceAll('.', '\\.')}-[0-9a-f]{16}\\.tar(\\.inputs)?$`);
  for (const name of readdirSync(dir)) {
    if (earlier.test(name) && !join(dir, name).startsWith(archive.path)) rmSync(join(dir, name), { force: true });
  }
}

async function build(contextDir: string, dockerfile: string, archive: ImageArchive): Promise<void> {
  const isolation = ['--isolation', 'chroot', '--network', 'host', '--pull-never', '--layers=true'];
  try {
    await buildah(['build', ...isolation, '-f', dockerfile, '-t', archive.tag, contextDir]);
  } catch (error) {
    await buildah(['rm', '--all']).catch(() => {}); // a failed build leaves its working container mounted
    throw error;
  }
  mkdirSync(join(cacheDir(), 'images'), { recursive: true });
  const temporary = `${archive.path}.${process.pid}`;
  rmSync(temporary, { force: true }); // buildah does not overwrite an archive
  await buildah(['push', '--quiet', archive.tag, `docker-archive:${temporary}:${archive.tag}`]);
  renameSync(temporary, archive.path);
  writeFileSync(`${keysPath()}.new`, JSON.stringify({ ...readKeys(), [archive.tag]: archive.key }, null, 2));
  renameSync(`${keysPath()}.new`, keysPath());
  removeOlder(archive);
}

/** Unmounts what buildah keeps mounted between builds, and what a killed build left mounted. */
export async function unmountStorage(): Promise<void> {
  if (existsSync(storage())) await withLock(imagesLock(), () => unmountBelow(storage()));
}

export interface BuildImageOptions {
  readonly say?: (line: string) => void;
  /** Stands for the context in the cache's key, where the context is itself made from something smaller. */
  readonly contextKey?: string;
}

/**
 * Builds an image from an ordinary Dockerfile, without a registry and without Docker: `FROM` names images built here (see
 * `base-images.ts`). Unchanged inputs cost the time to hash them.
 * @param contextDir directory that COPY and ADD read
 * @param dockerfile path of the Dockerfile
 * @param tag name of the image, short or full
 * @returns the archive, ready for `importImages`
 * @throws CommandFailed with the end of the build's output; UserError when a FROM image was never built
 */
export async function buildImage(
  contextDir: string,
  dockerfile: string,
  tag: string,
  options: BuildImageOptions = {},
): Promise<ImageArchive> {
  const name = fullImageName(tag);
  const text = readFileSync(dockerfile, 'utf8');
  const hash = createHash('sha256')
    .update(text)
    .update(options.contextKey ?? hashContext(contextDir));
  for (const base of baseNames(text)) {
    const key = readKeys()[base];
    if (key === undefined && !base.includes('$')) {
      throw new UserError(
        `${dockerfile} builds on ${base}, which is not here; there are ${Object.keys(readKeys()).join(', ') || 'no images'} (./scripts/cluster images makes the base images)`,
      );
    }
    hash.update(`${base}\0${key}\0`);
  }
  const key = hash.digest('hex').slice(0, 16);
  const archive = { tag: name, key, path: archivePath(fileName(name), key) };
  if (builtImage(name)?.key === key) return archive;
  return withLock(imagesLock(), async () => {
    if (builtImage(name)?.key === key) return archive;
    const started = Date.now();
    options.say?.(`building image ${name} …`);
    await build(contextDir, dockerfile, archive);
    options.say?.(`built image ${name}: ${Math.round((Date.now() - started) / 1000)} s`);
    return archive;
  });
}
