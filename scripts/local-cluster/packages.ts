import { attempt, CommandFailed, run, UserError } from './exec.ts';

/** The packages among `wanted` that the output of dpkg-query (`${Package} ${db:Status-Status}` lines) does not list as installed. */
export function missingPackages(wanted: readonly string[], dpkgOutput: string): string[] {
  const installed = new Set(
    dpkgOutput
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

/**
 * Installs the Debian packages that are missing, without recommended ones. Calls apt only if there is one to install.
 * @throws UserError when this is not Debian or apt fails
 */
export async function ensurePackages(wanted: readonly string[], say: (line: string) => void): Promise<void> {
  // dpkg-query fails when one name is unknown to it, and still prints the others
  const query = [
    '-c',
    'dpkg-query -W -f \'${Package} ${db:Status-Status}\\n\' "$@" 2>/dev/null; true',
    'sh',
    ...wanted,
  ];
  const missing = missingPackages(wanted, (await attempt('sh', query)) ?? '');
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
