import { readFileSync } from 'node:fs';
import { attempt } from './exec.ts';

/** The mount points below `dir` in the text of /proc/self/mountinfo, deepest and newest first. */
export function mountsBelow(mountinfo: string, dir: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path === dir || path.startsWith(`${dir}/`))
    .reverse();
}

/** Unmounts everything below the directories, lazily, so that a file still open somewhere cannot hold it up. */
export async function unmountBelow(...dirs: readonly string[]): Promise<void> {
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
  for (const path of dirs.flatMap((dir) => mountsBelow(mountinfo, dir))) await attempt('umount', ['--lazy', path]);
}
