import { readFileSync } from 'node:fs';
import { CommandFailed, run, UserError } from './exec.ts';

/** The packages among `wanted` that dpkg's status file (its text) does not say are installed. */
export function missingPackages(wanted: readonly string[], dpkgStatus: string): string[] {
  const installed = new Set(
    dpkgStatus
      .split('\n\n')
      .filter((entry) => /^Status: install ok installed$/m.test(entry))
      .map((entry) => /^Package: (.+)$/m.exec(entry)?.[1]),
  );
  return wanted.filter((name) => !installed.has(name));
}

function dpkgStatus(): string {
  try {
    return readFileSync('/var/lib/dpkg/status', 'utf8');
  } catch {
    throw new UserError(
      'this is not a Debian or Ubuntu machine (no dpkg), and the local cluster takes its packages from there',
    );
  }
}

/**
 * Installs the Debian packages that are missing, without recommended ones. Calls apt only if there is one to install.
 * @throws UserError when this is not Debian or apt fails
 */
export async function ensurePackages(wanted: readonly string[], say: (line: string) => void): Promise<void> {
  const missing = missingPackages(wanted, dpkgStatus());
  if (missing.length === 0) return;
  say(`installing Debian packages: ${missing.join(' ')}`);
  // RUNLEVEL=1 keeps package scripts from starting services: the cluster runs its own containerd
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  try {
    await run('apt-get', install, { env }).catch(async () => {
      await run('apt-get', ['update', '-q'], { env }); // perhaps there were no package lists yet
      await run('apt-get', install, { env });
    });
  } catch (error) {
    const reason =
      error instanceof CommandFailed ? error.output.trim().split('\n').slice(-5).join('\n') : String(error);
    throw new UserError(`cannot install the Debian packages ${missing.join(', ')}:\n${reason}`);
  }
}
