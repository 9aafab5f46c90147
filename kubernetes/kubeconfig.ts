import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type ApiConfig, refreshedFile } from './config.ts';

interface Named {
  readonly name?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly (Named & { context?: { cluster?: string; user?: string; namespace?: string } })[];
  readonly clusters?: readonly (Named & { cluster?: Readonly<Record<string, unknown>> })[];
  readonly users?: readonly (Named & { user?: Readonly<Record<string, unknown>> })[];
}

function named<T extends Named>(kind: string, list: readonly T[] | undefined, name: string | undefined): T {
  const found = list?.find((entry) => entry.name === name);
  if (!found) throw new Error(`kubeconfig: there is no ${kind} ${JSON.stringify(name ?? '')}`);
  return found;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * The configuration of a kubeconfig's context. Reads tokens, token files, client certificates and authorities, inline or
 * as files relative to the kubeconfig. This file alone imports `yaml`, so that servers need not load it.
 * @param context the current one if omitted
 * @throws Error for a missing entry, and for what is not supported: exec and auth-provider plugins, passwords, proxies
 */
export function kubeconfigConfig(path: string, context?: string): ApiConfig {
  const document = parse(readFileSync(path, 'utf8')) as Kubeconfig | null;
  const chosen = named('context', document?.contexts, context ?? document?.['current-context']).context ?? {};
  const cluster = named('cluster', document?.clusters, chosen.cluster).cluster ?? {};
  const user = named('user', document?.users, chosen.user).user ?? {};
  const unsupported = ['exec', 'auth-provider', 'username', 'password'].find((key) => user[key] !== undefined);
  if (unsupported) throw new Error(`kubeconfig: user ${chosen.user}: ${unsupported} is not supported, use a token`);
  if (text(cluster['proxy-url'])) throw new Error(`kubeconfig: cluster ${chosen.cluster}: proxy-url is not supported`);
  const server = text(cluster.server);
  if (!server) throw new Error(`kubeconfig: cluster ${chosen.cluster} has no server`);

  const file = (name: string): string => resolve(dirname(path), name);
  const pem = (source: Readonly<Record<string, unknown>>, key: string): string | undefined => {
    const inline = text(source[`${key}-data`]);
    if (inline) return Buffer.from(inline, 'base64').toString('utf8');
    const name = text(source[key]);
    return name && readFileSync(file(name), 'utf8');
  };
  const token = text(user.token);
  const tokenFile = text(user.tokenFile);
  return {
    server: server.replace(/\/+$/, ''),
    ca: pem(cluster, 'certificate-authority'),
    cert: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
    token: token ? () => token : tokenFile ? refreshedFile(file(tokenFile)) : undefined,
    tlsServerName: text(cluster['tls-server-name']),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    namespace: chosen.namespace ?? 'default',
  };
}
