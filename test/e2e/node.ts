import { readdirSync, readFileSync } from 'node:fs';

/**
 * The main process of a container, seen from the node: the local cluster's containers are processes of this machine.
 * @param podUid uid of its pod
 * @param words what its command line must hold
 * @throws Error when there is none
 */
export function containerProcess(podUid: string, words: string): number {
  const main = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .find(
      (pid) =>
        read(`/proc/${pid}/cgroup`).includes(podUid) &&
        read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(words) &&
        // PID 1 of its own namespace.
        /^NSpid:\s.*\b1$/m.test(read(`/proc/${pid}/status`)),
    );
  if (main === undefined) throw new Error(`pod ${podUid} has no container whose main process is "${words}"`);
  return Number(main);
}

/** A process may end between the listing and the reading. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
