import { readFileSync, readlinkSync } from 'node:fs';

/** One process, told apart from a later one with the same pid by its start time. */
export interface ProcessId {
  readonly pid: number;
  /** Start in clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly start: string;
}

/** The start time and state letter in the text of /proc/PID/stat; the command name may hold spaces and parentheses. */
export function parseStat(stat: string): { readonly state: string; readonly start: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const start = fields[19];
  return state && start ? { state, start } : undefined;
}

function readStat(pid: number): ReturnType<typeof parseStat> {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The identity of a process that runs now, or undefined. */
export function identify(pid: number): ProcessId | undefined {
  const stat = readStat(pid);
  return stat && { pid, start: stat.start };
}

/** Whether exactly this process still runs; a zombie does not. */
export function isAlive(id: ProcessId): boolean {
  const stat = readStat(id.pid);
  return stat !== undefined && stat.start === id.start && stat.state !== 'Z' && stat.state !== 'X';
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false;
  try {
    return process.kill(id.pid, name);
  } catch {
    return false;
  }
}

/**
 * Stops processes by their identity: SIGTERM, then SIGKILL for what still runs after `graceMs`.
 * Returns when all are gone.
 */
export async function stopAll(ids: readonly ProcessId[], graceMs: number): Promise<void> {
  for (const id of ids) signal(id, 'SIGTERM');
  const end = Date.now() + graceMs;
  let killed = false;
  while (ids.some(isAlive)) {
    if (!killed && Date.now() > end) {
      for (const id of ids) signal(id, 'SIGKILL');
      killed = true;
    }
    if (Date.now() > end + 10_000) return; // stuck in the kernel: nothing more can be done from here
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** The program name of a process for messages, or "pid N" where it cannot be read. */
export function describeProcess(pid: number): string {
  try {
    const name = readlinkSync(`/proc/${pid}/exe`)
      .replace(/ \(deleted\)$/, '')
      .split('/')
      .at(-1);
    return `${name} (pid ${pid})`;
  } catch {
    return `pid ${pid}`;
  }
}
