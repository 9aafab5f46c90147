import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run } from './exec.ts';

const tarArguments = ['--owner=0', '--group=0', '--mtime=@0', '--sort=name', '--format=gnu'];

/** The configuration of a one-layer image, in the format of `docker save`. */
export function imageConfig(layerDigest: string, entrypoint: readonly string[]): object {
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Entrypoint: entrypoint, Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'celery-operator' }],
  };
}

/**
 * Writes an image archive that holds one static program and nothing else; the same inputs give the same bytes.
 * @param program path on this machine; it becomes `/<its name>` in the image
 * @throws CommandFailed when tar fails
 */
export async function writeProgramImage(
  archive: string,
  tag: string,
  program: string,
  args: readonly string[] = [],
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    mkdirSync(join(dir, 'root'));
    copyFileSync(program, join(dir, 'root', basename(program)));
    await run('tar', [...tarArguments, '-C', join(dir, 'root'), '-cf', join(dir, 'layer.tar'), '.']);
    const digest = createHash('sha256')
      .update(readFileSync(join(dir, 'layer.tar')))
      .digest('hex');
    writeFileSync(join(dir, 'config.json'), JSON.stringify(imageConfig(digest, [`/${basename(program)}`, ...args])));
    writeFileSync(
      join(dir, 'manifest.json'),
      JSON.stringify([{ Config: 'config.json', RepoTags: [tag], Layers: ['layer.tar'] }]),
    );
    mkdirSync(dirname(archive), { recursive: true });
    const temporary = `${archive}.${process.pid}`;
    await run('tar', [...tarArguments, '-C', dir, '-cf', temporary, 'manifest.json', 'config.json', 'layer.tar']);
    renameSync(temporary, archive);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
