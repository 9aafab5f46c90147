import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Management } from '../../brokers/rabbitmq.ts';
import { ensurePackages } from '../../scripts/local-cluster/packages.ts';
import { freePort, type Started, start, until } from '../celery/processes.ts';

/** Debian's own start script: the one in /usr/sbin would change the user. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const READY = 'Server startup complete';

/** A RabbitMQ of the test's own on loopback, with its own data, ports and port mapper. */
export interface RabbitmqNode {
  readonly host: string;
  readonly port: number;
  readonly management: Management;
  /** Ends the server and starts it again, with nothing kept. */
  restartEmpty(): Promise<void>;
  /** Ends the server; the rest stays. */
  down(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a node as the chart's broker does: the user comes from a definitions file.
 * Installs Debian's package where it is missing; no service is started.
 */
export async function startRabbitmq(): Promise<RabbitmqNode> {
  await ensurePackages(['rabbitmq-server'], () => {});
  const root = await mkdtemp(join(tmpdir(), 'celery-operator-rabbitmq-'));
  const [port, http, mapper, distribution] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const username = 'celery';
  const password = 'p/"w\\@ :x';
  const all = { configure: '.*', write: '.*', read: '.*' };
  const definitions = {
    users: [{ name: username, password, tags: 'administrator' }],
    vhosts: [{ name: '/' }],
    permissions: [{ user: username, vhost: '/', ...all }],
  };
  await writeFile(join(root, 'definitions.json'), JSON.stringify(definitions), { mode: 0o600 });
  await writeFile(join(root, 'enabled_plugins'), '[rabbitmq_management].\n');
  await writeFile(
    join(root, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${http}`,
      'loopback_users = none',
      `load_definitions = ${root}/definitions.json`,
      'log.console = true',
      '',
    ].join('\n'),
  );
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    RABBITMQ_NODENAME: `rabbit-${mapper}@localhost`,
    RABBITMQ_MNESIA_BASE: join(root, 'data'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_LOG_BASE: root,
    RABBITMQ_CONFIG_FILE: join(root, 'rabbitmq'),
    RABBITMQ_CONFIG_FILES: join(root, 'conf.d'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(root, 'enabled_plugins'),
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  // Otherwise the server would start one as a daemon, which outlives it.
  const epmd = start('epmd', ['-port', String(mapper), '-address', '127.0.0.1'], { env });
  const launch = async (): Promise<Started> => {
    await mkdir(join(root, 'data'), { recursive: true });
    const server = start(SERVER, [], { env });
    await until('RabbitMQ to be up', () => server.output().includes(READY), server.output);
    return server;
  };
  let server = await launch();
  return {
    host: '127.0.0.1',
    port,
    management: { url: `http://127.0.0.1:${http}`, username, password },
    restartEmpty: async () => {
      await server.stop();
      await rm(join(root, 'data'), { recursive: true });
      server = await launch();
    },
    down: () => server.stop(),
    stop: async () => {
      await server.stop();
      await epmd.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
