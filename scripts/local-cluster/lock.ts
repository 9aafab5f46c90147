import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeProcess, identify, isAlive, type ProcessId } from './process-table.ts';

function holder(path: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessId;
  } catch {
    return undefined;
  }
}

/**
 * Removes the lock of a dead holder. Moved aside first and looked at again: between reading and removing, another process
 * may have removed it and taken the lock, and then it goes back.
 */
function removeStale(path: string, dead: ProcessId | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    const moved = holder(aside);
    if (moved?.pid !== dead?.pid || moved?.start !== dead?.start) linkSync(aside, path);
  } catch {
    // another process was quicker
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Takes the lock file for this process if nobody alive holds it. The file appears by link(2), complete or not at all. */
function tryLock(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const other = holder(path);
    if (other !== undefined && isAlive(other)) return false;
    // A lock is whole from its first moment: one that cannot be read (a full disk, a crash of the machine) is nobody's.
    removeStale(path, other);
    return false; // the next attempt decides who takes it
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Runs `work` while this process holds the lock file `path`; waits for another live holder and says so once.
 * A lock whose process died is taken over.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  say: (line: string) => void = console.error,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; !tryLock(path); ) {
    const other = holder(path);
    if (!told && other && isAlive(other)) {
      say(`waiting for ${describeProcess(other.pid)}, which holds ${path}`);
      told = true;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
