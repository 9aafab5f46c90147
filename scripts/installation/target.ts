import { binary, CommandFailed, kubeconfigPath, run } from '../local-cluster/index.ts';

/** A cluster and the programs that talk to it. */
export interface Target {
  /** Runs kubectl; returns its standard output. @throws CommandFailed */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Runs Helm; returns its standard output. @throws CommandFailed */
  helm(args: readonly string[]): Promise<string>;
  /** How a person types the same: "kubectl --context x". */
  readonly kubectlWords: string;
  readonly local: boolean;
}

/** Helm waits up to its own timeout; this is only for a Helm that hangs. */
const LIMIT_MILLISECONDS = 12 * 60_000;

/** The cluster that ./scripts/cluster up starts. */
export function localTarget(helm: 'helm3' | 'helm4' = 'helm4'): Target {
  return target(
    binary('kubectl'),
    binary(helm),
    ['--kubeconfig', kubeconfigPath()],
    `kubectl --kubeconfig ${kubeconfigPath()}`,
    true,
  );
}

/** A cluster of the user's own, with the kubectl and helm on PATH; Helm falls back to the one built here. */
export async function contextTarget(context: string): Promise<Target> {
  const kubectl = await onPath('kubectl', () => binary('kubectl'));
  const helm = await onPath('helm', () => binary('helm4'));
  return target(kubectl, helm, ['--context', context], `kubectl --context ${context}`, false);
}

function target(kubectl: string, helm: string, where: readonly string[], kubectlWords: string, local: boolean): Target {
  const helmWhere = where.map((word) => (word === '--context' ? '--kube-context' : word));
  return {
    kubectl: (args, input) =>
      run(kubectl, [...where, ...args], { timeoutMs: LIMIT_MILLISECONDS, ...(input === undefined ? {} : { input }) }),
    helm: (args) => run(helm, [...args, ...helmWhere], { timeoutMs: LIMIT_MILLISECONDS }),
    kubectlWords,
    local,
  };
}

async function onPath(name: string, fallback: () => string): Promise<string> {
  try {
    return (await run('sh', ['-c', `command -v ${name}`])).trim();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return fallback();
  }
}
