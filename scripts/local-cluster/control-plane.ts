import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiServerArguments, type ControlPlaneSettings, etcdArguments, isReady } from './api-server.ts';
import { binary, controlPlaneProvided } from './binaries.ts';
import { buildGroups } from './build.ts';
import { UserError, waitFor } from './exec.ts';
import { selectGroups } from './groups.ts';
import { createAuthority, createSigningKey, issueCertificate, type KeyPair, kubeconfig } from './pki.ts';

/** A running etcd and kube-apiserver, without controllers, nodes or networking. */
export interface ControlPlane {
  /** For example `https://127.0.0.1:41234`. */
  readonly server: string;
  /** PEM file that the server's certificate verifies against. */
  readonly caFile: string;
  /** Path of a kubeconfig of a member of system:masters. */
  readonly adminKubeconfig: string;
  /** The same administrator's client certificate. */
  readonly client: KeyPair;
  /** A bearer token of the same rights. */
  readonly token: string;
  /** Where logs and certificates are, until `stop`. */
  readonly dir: string;
  /** Kills both processes and removes `dir`. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Further kube-apiserver arguments; a repeated flag overrides. */
  readonly apiServerArguments?: readonly string[];
  /** Admission of ServiceAccounts needs a controller that makes "default" accounts, so it is off unless wanted. */
  readonly serviceAccountAdmission?: boolean;
  readonly say?: (line: string) => void;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

/** Starts a child that dies with this process, even when this process is killed with SIGKILL. */
function startChild(program: string, args: readonly string[], log: string): ChildProcess {
  const out = openSync(log, 'a');
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  const command = setpriv ? [setpriv, '--pdeathsig', 'KILL', program] : [program];
  const child = spawn(command[0] ?? program, [...command.slice(1), ...args], { stdio: ['ignore', out, out] });
  closeSync(out);
  child.on('error', () => {}); // it then has no pid and no exit: readiness reports it with the log
  return child;
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

async function makeSettings(dir: string): Promise<{ settings: ControlPlaneSettings; admin: KeyPair }> {
  const pki = join(dir, 'pki');
  const [authority, frontProxyAuthority] = await Promise.all([
    createAuthority(pki, 'ca'),
    createAuthority(pki, 'front-proxy-ca'),
  ]);
  const hosts = ['127.0.0.1', 'localhost', 'kubernetes.default.svc'];
  const [etcdServer, serving, client, frontProxyClient, admin, etcdPort, port] = await Promise.all([
    issueCertificate(pki, authority, { name: 'etcd', commonName: 'etcd', hosts: ['127.0.0.1'] }),
    issueCertificate(pki, authority, { name: 'apiserver', commonName: 'kube-apiserver', hosts }),
    issueCertificate(pki, authority, { name: 'apiserver-client', commonName: 'kube-apiserver-client' }),
    issueCertificate(pki, frontProxyAuthority, { name: 'front-proxy-client', commonName: 'front-proxy-client' }),
    issueCertificate(pki, authority, { name: 'admin', commonName: 'admin', organization: 'system:masters' }),
    freePort(),
    freePort(),
  ]);
  const settings: ControlPlaneSettings = {
    dataDir: join(dir, 'etcd'),
    etcdPort,
    address: '127.0.0.1',
    port,
    serviceRange: '10.251.0.0/16',
    authority,
    frontProxyAuthority,
    frontProxyClient,
    etcdServer,
    serving,
    client,
    signingKey: createSigningKey(pki),
  };
  return { settings, admin };
}

async function start(options: ControlPlaneOptions): Promise<ControlPlane> {
  const dir = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const children: ChildProcess[] = [];
  const killNow = (): void => {
    for (const child of children) if (!hasEnded(child)) child.kill('SIGKILL');
  };
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killNow);
    const ends = children.filter((child) => !hasEnded(child)).map((child) => once(child, 'exit'));
    killNow(); // nothing here is worth a graceful end: the apiserver alone would take a minute
    await Promise.all(ends);
    rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', killNow);
  try {
    const { settings, admin } = await makeSettings(dir);
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString('hex');
    const tokens = join(dir, 'tokens.csv');
    writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
    const server = `https://127.0.0.1:${settings.port}`;
    const apiServerLog = join(dir, 'kube-apiserver.log');
    const etcdLog = join(dir, 'etcd.log');
    const etcd = startChild(binary('etcd'), etcdArguments(settings), etcdLog);
    const apiServer = startChild(
      binary('kube-apiserver'),
      [
        ...apiServerArguments(settings),
        '--endpoint-reconciler-type=none', // it refuses loopback addresses, noisily
        ...(options.serviceAccountAdmission ? [] : ['--disable-admission-plugins=ServiceAccount']),
        `--token-auth-file=${tokens}`,
        `--cert-dir=${dir}`,
        ...(options.apiServerArguments ?? []),
      ],
      apiServerLog,
    );
    children.push(etcd, apiServer);
    await waitFor(
      `kube-apiserver ready at ${server}`,
      60_000,
      () => {
        for (const [name, child, log] of [
          ['etcd', etcd, etcdLog],
          ['kube-apiserver', apiServer, apiServerLog],
        ] as const) {
          if (hasEnded(child)) throw new UserError(`${name} ended:\n${readFileSync(log, 'utf8').slice(-3000)}`);
        }
        return isReady(server, settings.authority.cert, admin);
      },
      50,
    );
    const adminKubeconfig = join(dir, 'kubeconfig');
    writeFileSync(adminKubeconfig, kubeconfig(server, settings.authority, admin), { mode: 0o600 });
    return { server, caFile: settings.authority.cert, adminKubeconfig, client: admin, token, dir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Starts etcd and kube-apiserver on free loopback ports with a temporary directory: a real API server for tests. Needs no
 * root. Uses `KUBEBUILDER_ASSETS` if set; otherwise builds both on first use (minutes, once).
 * Both die with the calling process; `stop()` ends them earlier.
 * @throws UserError with the end of the log when one of them does not start
 */
export async function controlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  if (!controlPlaneProvided()) {
    await buildGroups(selectGroups({ only: ['kubernetes', 'etcd'] }), {
      controlPlaneOnly: true,
      keepBuildCache: true,
      say: options.say,
    });
  }
  try {
    return await start(options);
  } catch (error) {
    // Someone may have taken a port between choosing and binding it; a second attempt chooses others.
    if (!(error instanceof Error) || !error.message.includes('address already in use')) throw error;
    return start(options);
  }
}
