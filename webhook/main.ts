import { findings } from '../application/findings.ts';
import { createClient, inClusterConfig } from '../kubernetes/client.ts';
import { help, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { runWebhook } from './run.ts';

/**
 * The webhook process. Serves until SIGTERM or SIGINT, then drains and resolves. Settings: see config.ts, or --help.
 * @param env where settings come from
 * @param args options, which win over `env`
 * @throws Error with one sentence when it cannot start: a wrong setting, a taken port, no cluster
 */
export async function main(env: NodeJS.ProcessEnv, args: readonly string[] = process.argv.slice(3)): Promise<void> {
  const config = readConfig(args, env);
  if (config === undefined) {
    process.stdout.write(`${help()}\n`);
    return;
  }
  const log = createLog(config.logLevel);
  const client = createClient(inClusterConfig());
  const installation = config.bundledBroker === undefined ? {} : { bundledBroker: config.bundledBroker };
  const running = await runWebhook({
    config,
    client,
    log,
    findingsOf: (application) => findings(application, installation),
  });
  log.info({ port: running.port, metricsPort: running.metricsPort }, 'serving');
  await signalled();
  log.info({ seconds: config.drainDelay / 1000 }, 'draining');
  await running.stop();
  client.close();
  log.info('ended');
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve());
  });
}
