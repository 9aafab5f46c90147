import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { UserError } from './exec.ts';
import { describeProcess } from './process-table.ts';
import type { ListeningPort } from './settings.ts';

export interface Listener {
  /** IPv4 in dotted form; `*` for all addresses; other IPv6 addresses in the kernel's hexadecimal. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

function decodeAddress(hex: string): string {
  if (/^0+$/.test(hex)) return '*';
  const ipv4 = hex.length === 8 ? hex : /^0{16}FFFF0000(.{8})$/i.exec(hex)?.[1];
  if (ipv4 === undefined) return hex;
  if (/^0+$/.test(ipv4)) return '*';
  return [6, 4, 2, 0].map((at) => Number.parseInt(ipv4.slice(at, at + 2), 16)).join('.'); // little-endian words
}

/** The listening sockets in the text of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(text: string): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [address, port] = fields[1]?.split(':') ?? [];
    const inode = fields[9];
    if (fields[3] !== '0A' || !address || !port || !inode) continue;
    listeners.push({ address: decodeAddress(address), port: Number.parseInt(port, 16), inode });
  }
  return listeners;
}

/** The first wanted port that cannot be bound because of `listeners`, with who has it. */
export function findConflict(
  wanted: readonly ListeningPort[],
  listeners: readonly Listener[],
): { readonly wanted: ListeningPort; readonly listener: Listener } | undefined {
  for (const want of wanted) {
    const listener = listeners.find((l) => l.port === want.port && (l.address === '*' || l.address === want.address));
    if (listener) return { wanted: want, listener };
  }
  return undefined;
}

function readListeners(): Listener[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => {
    try {
      return parseListeners(readFileSync(path, 'utf8'));
    } catch {
      return []; // no IPv6 in this kernel
    }
  });
}

function ownerOf(inode: string): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) return Number(pid);
      }
    } catch {
      // the process or descriptor went away while we looked
    }
  }
  return undefined;
}

/**
 * Makes sure that every port can be bound.
 * @throws UserError naming the first port that is taken and the process that has it
 */
export function requireFreePorts(wanted: readonly ListeningPort[]): void {
  const conflict = findConflict(wanted, readListeners());
  if (!conflict) return;
  const pid = ownerOf(conflict.listener.inode);
  const owner = pid === undefined ? 'another process' : describeProcess(pid);
  const { address, port, user } = conflict.wanted;
  throw new UserError(`port ${port} on ${address}, needed for ${user}, is in use by ${owner}; stop that and try again`);
}
