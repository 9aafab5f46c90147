import { version } from './version.ts';

const USAGE = `celery-operator ${version}

Usage: celery-operator COMMAND

  webhook     admission server (runs in the cluster)
  controller  turns applications into Deployments (runs in the cluster)
  uninstall   removes the webhook configurations and what was made at run time (the chart's pre-delete hook)
  version     prints the version

Settings come from environment variables; the chart sets them.
`;

/** Each command is loaded only when it is asked for: the webhook must not pay for the controller's memory. */
const COMMANDS: Readonly<Record<string, (env: NodeJS.ProcessEnv) => Promise<void>>> = {
  webhook: async (env) => (await import('../webhook/main.ts')).main(env),
  controller: async (env) => (await import('../controller/main.ts')).main(env),
  uninstall: async (env) => (await import('../controller/uninstall.ts')).main(env),
  version: async () => console.log(version),
};

const name = process.argv[2] ?? '';
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  const asked = name === '' || name === '--help' || name === '-h' || name === 'help';
  process.stdout.write(asked ? USAGE : `celery-operator: there is no command "${name}"\n\n${USAGE}`);
  process.exitCode = asked && name !== '' ? 0 : 2;
} else {
  try {
    await command(process.env);
  } catch (error) {
    console.error(`celery-operator ${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
