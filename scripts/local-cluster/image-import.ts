import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerdRoot, ctr } from './containerd.ts';
import { cacheDir } from './paths.ts';

/** A cached image archive: `key` is the hash of all it was made from. */
export interface ImageArchive {
  readonly tag: string;
  readonly key: string;
  readonly path: string;
}

/** The cache's path for an image archive. */
export function archivePath(name: string, key: string): string {
  return join(cacheDir(), 'images', `${name}-${key}.tar`);
}

/** Where the keys of imported images are noted; inside containerd's root, so that both are lost together. */
const notePath = (): string => join(containerdRoot(), 'celery-operator-imported.json');

function readNote(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(notePath(), 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}

/**
 * Imports archives into the running cluster's containerd; those that are there already, by tag and key, cost nothing.
 * @returns the tags that were imported
 * @throws CommandFailed when ctr refuses an archive
 */
export async function importImages(archives: readonly ImageArchive[]): Promise<string[]> {
  const present = new Set((await ctr('images', 'ls', '-q')).split('\n'));
  const done: string[] = [];
  for (const archive of archives) {
    if (present.has(archive.tag) && readNote()[archive.tag] === archive.key) continue;
    await ctr('images', 'import', archive.path);
    mkdirSync(containerdRoot(), { recursive: true });
    const temporary = `${notePath()}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify({ ...readNote(), [archive.tag]: archive.key }));
    renameSync(temporary, notePath());
    done.push(archive.tag);
  }
  return done;
}
