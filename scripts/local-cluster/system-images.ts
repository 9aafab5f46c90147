import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { writeProgramImage } from './archive.ts';
import { binary } from './binaries.ts';
import { groupKey, groupOf, groupVersion } from './groups.ts';
import { archivePath, type ImageArchive } from './image-import.ts';
import { pauseImage } from './settings.ts';

/** The tag of CoreDNS' image. */
export const coreDnsImage = (): string => `registry.k8s.io/coredns/coredns:${groupVersion(groupOf('coredns'))}`;
/** The tag of metrics-server's image. */
export const metricsServerImage = (): string =>
  `registry.k8s.io/metrics-server/metrics-server:${groupVersion(groupOf('metrics-server'))}`;

/** The image of one static program; written unless it is in the cache. */
export async function programImage(
  tag: string,
  program: string,
  key: string,
  args: readonly string[] = [],
): Promise<ImageArchive> {
  const path = archivePath(basename(program), key);
  if (!existsSync(path)) await writeProgramImage(path, tag, program, args);
  return { tag, key, path };
}

/**
 * The images that a cluster cannot start without, each one static program: the pause container, CoreDNS, metrics-server.
 * Writes those that are not in the cache.
 */
export async function systemImages(): Promise<ImageArchive[]> {
  const catatonit = '/usr/bin/catatonit'; // Debian's is static; -P makes it wait for ever, as a pause container must
  const catatonitKey = createHash('sha256').update(readFileSync(catatonit)).digest('hex').slice(0, 16);
  return [
    await programImage(pauseImage, catatonit, catatonitKey, ['-P']),
    await programImage(coreDnsImage(), binary('coredns'), groupKey(groupOf('coredns')).slice(-16)),
    await programImage(metricsServerImage(), binary('metrics-server'), groupKey(groupOf('metrics-server')).slice(-16)),
  ];
}
