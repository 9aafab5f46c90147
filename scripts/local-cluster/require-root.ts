import { readFileSync } from 'node:fs';
import { UserError } from './exec.ts';

const capSysAdmin = 21n;

/** Whether the text of /proc/self/status says that this process may mount and make namespaces. */
export function hasSysAdmin(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
}

/**
 * Makes sure that this process can run a node.
 * @throws UserError saying what is missing
 */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new UserError('a local cluster needs root: it starts containers; try sudo');
  if (!hasSysAdmin(readFileSync('/proc/self/status', 'utf8'))) {
    throw new UserError(
      'a local cluster needs CAP_SYS_ADMIN, which this machine or container does not give: run it on a machine of its own or in a privileged container',
    );
  }
}
