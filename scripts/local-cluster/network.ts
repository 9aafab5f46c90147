import { readFileSync, writeFileSync } from 'node:fs';
import { attempt, run } from './exec.ts';
import { natTable, nodeAddress, podRange, serviceRange } from './settings.ts';

/** Kernel settings that the cluster needs, or that the kubelet changes by itself; all are put back by `down`. */
const touchedSysctls: readonly string[] = [
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/** The kernel settings as they are now. */
export function readSysctls(): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of touchedSysctls) {
    try {
      values[name] = readFileSync(`/proc/sys/${name}`, 'utf8').trim();
    } catch {
      // this kernel has no such setting
    }
  }
  return values;
}

/** Puts kernel settings back; what cannot be written is left. */
export function restoreSysctls(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    try {
      if (readFileSync(`/proc/sys/${name}`, 'utf8').trim() !== value) writeFileSync(`/proc/sys/${name}`, value);
    } catch {
      // read-only here: then the cluster did not change it either
    }
  }
}

/** The nftables commands that let pods reach the world outside under this machine's address. */
export function natRules(): string {
  return `
table ip ${natTable} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${podRange} ip daddr != { ${nodeAddress}, ${serviceRange}, ${podRange} } masquerade
  }
}
`;
}

/** Gives this machine the node address, forwarding and address translation for pods. */
export async function setUpNetwork(): Promise<void> {
  await run('ip', ['address', 'replace', `${nodeAddress}/32`, 'dev', 'lo']);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  await run('nft', ['-f', '-'], { input: natRules() });
}

/** Removes the node address and the nftables tables of the cluster, kube-proxy's included. */
export async function tearDownNetwork(): Promise<void> {
  await attempt('ip', ['address', 'del', `${nodeAddress}/32`, 'dev', 'lo']);
  for (const table of [natTable, 'kube-proxy']) {
    for (const family of ['ip', 'ip6']) await attempt('nft', ['delete', 'table', family, table]);
  }
}
