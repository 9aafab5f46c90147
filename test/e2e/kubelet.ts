import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../../scripts/local-cluster/process-table.ts';
import { readState, startRecorded, writeState } from '../../scripts/local-cluster/state.ts';

/**
 * Kills the local cluster's kubelet, does something without it for so long, and starts it again as it was. Containers run on.
 * @param milliseconds how long it is away
 * @param meanwhile begins when it is gone
 */
export async function withoutKubelet(milliseconds: number, meanwhile: () => Promise<void>): Promise<void> {
  const state = readState();
  const kubelet = state?.processes.find((entry) => entry.name === 'kubelet');
  if (state === undefined || kubelet === undefined) throw new Error('this cluster has no kubelet of ours');
  const [program = '', ...args] = readFileSync(`/proc/${kubelet.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  signal(kubelet, 'SIGKILL');
  try {
    await Promise.all([sleep(milliseconds), meanwhile()]);
  } finally {
    const now = readState() ?? state;
    writeState({ ...now, processes: now.processes.filter((entry) => entry.pid !== kubelet.pid) });
    startRecorded('kubelet', program, args);
  }
}
