import { binary } from './binaries.ts';
import { run } from './exec.ts';
import { kubeconfigPath } from './paths.ts';

/**
 * Runs kubectl as the running cluster's administrator.
 * @returns its standard output
 * @throws CommandFailed when it fails
 */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  return run(binary('kubectl'), ['--kubeconfig', kubeconfigPath(), ...args], { input, timeoutMs: 120_000 });
}
