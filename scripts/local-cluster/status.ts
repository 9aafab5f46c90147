import { binary } from './binaries.ts';
import { attempt } from './exec.ts';
import { groupOf, groupVersion } from './groups.ts';
import { kubeconfigPath } from './paths.ts';
import { isAlive } from './process-table.ts';
import { isRunning, readState } from './state.ts';

const versions = (): string =>
  ['kubelet', 'etcd', 'coredns', 'metrics-server']
    .map((name) => `${name === 'kubelet' ? 'Kubernetes' : name} ${groupVersion(groupOf(name)).slice(1)}`)
    .join(', ');

/** What runs, as text for a person, and whether the cluster is up. */
export async function status(): Promise<{ readonly running: boolean; readonly text: string }> {
  const state = readState();
  if (!state) return { running: false, text: 'the cluster is down; ./scripts/cluster up starts it' };
  const running = isRunning(state);
  const lines = [
    running
      ? 'the cluster is up'
      : 'the cluster is broken: a process is gone or its start did not finish; ./scripts/cluster up starts it anew',
  ];
  for (const process of state.processes)
    lines.push(`  ${process.name.padEnd(24)} ${isAlive(process) ? `pid ${process.pid}` : 'gone'}`);
  lines.push(`versions: ${versions()}`);
  if (running) {
    const nodes = await attempt(binary('kubectl'), ['--kubeconfig', kubeconfigPath(), 'get', 'nodes', '-o', 'wide'], {
      timeoutMs: 10_000,
    });
    lines.push(nodes?.trimEnd() ?? 'the API server does not answer');
  }
  lines.push(`kubeconfig: ${kubeconfigPath()}`);
  return { running, text: lines.join('\n') };
}
