import { pino } from 'pino';
import { createClient } from '../kubernetes/client.ts';
import { inClusterConfig } from '../kubernetes/config.ts';
import { readConfig } from './config.ts';
import { runController } from './run.ts';

/**
 * The controller process in a pod: runs until SIGTERM or SIGINT.
 * @param env its settings, see config.ts
 */
export async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(env);
  const log = pino({ level: config.logLevel, base: { component: 'controller' } });
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  const client = createClient(inClusterConfig());
  await runController({ config, client, log }, stop.signal);
  client.close();
}
