import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { identify, type ProcessId } from './process-table.ts';
import { cgroupRoot } from './settings.ts';

const mount = '/sys/fs/cgroup';

/** The cgroup hierarchies of this machine: one for version 2, one per controller for version 1. */
function hierarchies(): string[] {
  if (existsSync(join(mount, 'cgroup.controllers'))) return [mount];
  return readdirSync(mount)
    .map((name) => join(mount, name))
    .filter((path) => existsSync(join(path, 'cgroup.procs')));
}

/** Makes the cgroup under which the kubelet puts all pods; it refuses to start without. */
export function createCgroups(): void {
  for (const hierarchy of hierarchies()) mkdirSync(join(hierarchy, cgroupRoot), { recursive: true });
}

/** Inner directories first. Pods end while this goes on, and their directories with them: what is gone is passed over. */
function walk(dir: string, visit: (dir: string) => void): void {
  for (const name of subdirectories(dir)) walk(join(dir, name), visit);
  visit(dir);
}

function subdirectories(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    // ENODEV: a cgroup that is being removed.
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENODEV') return [];
    throw error;
  }
}

/** Every process in the cluster's pods. */
export function podProcesses(): ProcessId[] {
  const pids = new Set<number>();
  for (const hierarchy of hierarchies()) {
    walk(join(hierarchy, cgroupRoot), (dir) => {
      try {
        for (const pid of readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
          pids.add(Number(pid));
      } catch {
        // gone meanwhile, or a threaded cgroup
      }
    });
  }
  return [...pids].flatMap((pid) => identify(pid) ?? []);
}

/** Removes the cluster's empty cgroups; one that still has a process stays. */
export function removeCgroups(): void {
  for (const hierarchy of hierarchies()) {
    walk(join(hierarchy, cgroupRoot), (dir) => {
      try {
        rmdirSync(dir);
      } catch {
        // a process is still ending in it; the next down or up removes it
      }
    });
  }
}
