import { existsSync, lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { podProcesses, removeCgroups } from './cgroups.ts';
import { findShims, hasContainerRecords, removeContainers, removeShimSockets, startContainerd } from './containerd.ts';
import { unmountStorage } from './image-build.ts';
import { unmountBelow } from './mounts.ts';
import { restoreSysctls, tearDownNetwork } from './network.ts';
import { cacheDir, dataDir, runDir } from './paths.ts';
import { identify, type ProcessId, stopAll } from './process-table.ts';
import { cniNetwork } from './settings.ts';
import { readState } from './state.ts';

/** Removes entries of a directory shared with others by a test on their name. */
function removeMatching(dir: string, ours: (path: string, name: string) => boolean): void {
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (ours(path, name)) rmSync(path, { force: true });
  }
}

/** Directories that the kubelet, containerd and CNI make at fixed places; they go when nobody else uses them. */
const sharedDirs: readonly string[] = [
  '/var/lib/cni/results',
  '/var/lib/cni',
  '/var/log/containers',
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet',
  '/run/containerd/s',
  '/run/containerd',
];

/** Removes what was written outside our directories, and only what is ours. */
function removeOutsideFiles(containers: readonly string[]): void {
  removeMatching(
    '/var/lib/cni/results',
    (_, name) => name.startsWith(`${cniNetwork}-`) || containers.some((id) => name.includes(id)),
  );
  const podLogs = join(dataDir(), 'pod-logs');
  removeMatching(
    '/var/log/containers',
    (path) => lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(podLogs),
  );
  rmSync('/var/lib/kubelet/device-plugins/kubelet.sock', { force: true }); // a killed kubelet leaves it
  for (const dir of sharedDirs) {
    try {
      rmdirSync(dir);
    } catch {
      // absent, or someone else's files are in it
    }
  }
}

/** Processes by name, in the order in which they stop: nothing may restart a pod while pods are ended. */
function recorded(names: (name: string) => boolean): ProcessId[] {
  return (readState()?.processes ?? []).filter((process) => names(process.name));
}

/**
 * Ends everything of the cluster, whether it runs well or crashed, and undoes what it did to this machine. Binaries and
 * images stay. Does nothing when there is nothing. The caller holds the cluster's lock.
 */
export async function tearDown(): Promise<void> {
  if (!existsSync(runDir())) return;
  const sysctls = readState()?.sysctls ?? {};
  // The store is thrown away with the cluster, so nobody needs a graceful end (the apiserver's takes up to a minute).
  await stopAll(
    recorded((name) => name !== 'containerd'),
    0,
  );
  await stopAll(podProcesses(), 0);
  await stopAll(
    findShims().flatMap((pid) => identify(pid) ?? []),
    0,
  );
  await stopAll(podProcesses(), 0); // what a shim started meanwhile
  await stopAll(
    recorded((name) => name === 'containerd'),
    3000,
  );
  removeShimSockets();
  await unmountBelow(runDir(), join(dataDir(), 'kubelet'));
  let containers: readonly string[] = [];
  if (hasContainerRecords()) {
    rmSync(join(runDir(), 'containerd'), { recursive: true, force: true });
    const cleaner = await startContainerd(false);
    containers = await removeContainers().finally(() => stopAll([cleaner], 3000));
  }
  await unmountBelow(runDir(), dataDir());
  await unmountStorage();
  removeCgroups();
  await tearDownNetwork();
  restoreSysctls(sysctls);
  removeOutsideFiles(containers);
  for (const name of ['etcd', 'kubelet', 'pod-logs']) rmSync(join(dataDir(), name), { recursive: true, force: true });
  rmSync(runDir(), { recursive: true, force: true });
}

/** Removes binaries, images and build caches. The cluster must be down. */
export function purgeCaches(): void {
  rmSync(cacheDir(), { recursive: true, force: true });
}
