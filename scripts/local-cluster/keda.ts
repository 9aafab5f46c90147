import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { binary } from './binaries.ts';
import { goEnvironment } from './build.ts';
import { run } from './exec.ts';
import { findGo } from './go.ts';
import { groupKey, groupOf, groupVersion, moduleDir } from './groups.ts';
import type { ImageArchive } from './image-import.ts';
import { cacheDir } from './paths.ts';
import { programImage } from './system-images.ts';

/** A Kubernetes object of KEDA's own manifests. */
export interface KedaManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const group = () => groupOf('keda');

/** KEDA's version without "v": the same for its chart and its images. */
export const kedaVersion = (): string => groupVersion(group()).slice(1);

/** Image name → the program in it, as in KEDA's own releases. */
const IMAGES = {
  'ghcr.io/kedacore/keda': 'keda',
  'ghcr.io/kedacore/keda-metrics-apiserver': 'keda-adapter',
  'ghcr.io/kedacore/keda-admission-webhooks': 'keda-admission-webhooks',
} as const;

/** KEDA's three images under the names that its chart uses, made from the programs that `./scripts/cluster build --only keda` builds. */
export async function kedaImages(): Promise<ImageArchive[]> {
  const key = groupKey(group()).slice(-16);
  return Promise.all(
    Object.entries(IMAGES).map(([name, program]) => programImage(`${name}:${kedaVersion()}`, binary(program), key)),
  );
}

/**
 * What KEDA's Go module installs (its config/default), as kustomize renders it: kept in the cache, because the module's
 * source goes with Go's caches.
 * @param say told of a download
 */
export async function kedaManifests(say: (line: string) => void): Promise<KedaManifest[]> {
  const file = join(cacheDir(), 'manifests', `keda-${kedaVersion()}.yaml`);
  if (!existsSync(file)) {
    say(`reading KEDA's manifests from its Go module ${group().module}`);
    const download = await run(await findGo(say), ['mod', 'download', '-json', group().module], {
      cwd: moduleDir(group()),
      env: goEnvironment(),
    });
    const { Dir } = JSON.parse(download) as { Dir: string };
    const text = await run(binary('kubectl'), ['kustomize', join(Dir, 'config/default')]);
    mkdirSync(join(cacheDir(), 'manifests'), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  }
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KedaManifest);
}
