import { existsSync } from 'node:fs';
import { ctr } from './containerd.ts';
import { UserError } from './exec.ts';
import { builtImage, builtImages } from './image-build.ts';
import { importImages } from './image-import.ts';
import { withLock } from './lock.ts';
import { isRunning, readState } from './state.ts';
import { clusterLock } from './up.ts';

/**
 * Makes sure that a cluster is up.
 * @throws UserError with the command that starts one
 */
export function requireRunning(): void {
  if (!isRunning(readState())) throw new UserError('the cluster is down: run ./scripts/cluster up');
}

/**
 * Loads an image into the running cluster: an archive file (`docker save` or OCI), or the name of an image built here.
 * @returns the names that were loaded; empty when they were there already
 * @throws UserError when there is no such file or image, or no cluster
 */
export async function loadImage(fileOrName: string): Promise<string[]> {
  requireRunning();
  return withLock(clusterLock(), async () => {
    if (existsSync(fileOrName)) {
      const before = new Set((await ctr('images', 'ls', '-q')).split('\n'));
      const output = await ctr('images', 'import', '--all-platforms', fileOrName);
      const after = (await ctr('images', 'ls', '-q')).split('\n').filter(Boolean);
      const named = [...output.matchAll(/unpacking (\S+)/g)].map((match) => match[1] ?? '');
      return named.length > 0 ? named : after.filter((name) => !before.has(name));
    }
    const archive = builtImage(fileOrName);
    if (archive) return importImages([archive]);
    const known = builtImages().map((image) => image.tag);
    throw new UserError(
      `no file and no image built here is called ${fileOrName}; there are ${known.join(', ') || 'none'}`,
    );
  });
}
