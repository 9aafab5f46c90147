import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlaneSettings } from './api-server.ts';
import { dataDir, kubeconfigPath, runDir } from './paths.ts';
import { createAuthority, createSigningKey, issueCertificate, type KeyPair, kubeconfig } from './pki.ts';
import { apiServiceAddress, nodeAddress, nodeName, server, serviceRange } from './settings.ts';

/** Certificates and kubeconfigs of one run of the cluster. */
export interface Credentials {
  readonly controlPlane: ControlPlaneSettings;
  readonly admin: KeyPair;
  readonly kubelet: KeyPair;
  /** Kubeconfig paths of the components. */
  readonly kubeconfigs: Readonly<Record<'controllerManager' | 'scheduler' | 'kubelet' | 'proxy', string>>;
}

/**
 * Makes every certificate of a new cluster, and kubeconfigs of the components and of the administrator.
 * @throws CommandFailed when openssl fails
 */
export async function createCredentials(): Promise<Credentials> {
  const dir = join(runDir(), 'pki');
  const [authority, frontProxyAuthority] = await Promise.all([
    createAuthority(dir, 'ca'),
    createAuthority(dir, 'front-proxy-ca'),
  ]);
  const issue = (
    name: string,
    commonName: string,
    more: { organization?: string; hosts?: readonly string[] } = {},
  ): Promise<KeyPair> => issueCertificate(dir, authority, { name, commonName, ...more });
  const apiHosts = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const [etcdServer, serving, client, frontProxyClient, admin, kubelet, controllerManager, scheduler, proxy] =
    await Promise.all([
      issue('etcd', 'etcd', { hosts: ['127.0.0.1'] }),
      issue('apiserver', 'kube-apiserver', {
        hosts: [nodeAddress, apiServiceAddress, '127.0.0.1', 'localhost', ...apiHosts],
      }),
      issue('apiserver-client', 'kube-apiserver-client', { organization: 'system:masters' }),
      issueCertificate(dir, frontProxyAuthority, { name: 'front-proxy-client', commonName: 'front-proxy-client' }),
      issue('admin', 'admin', { organization: 'system:masters' }),
      issue('kubelet', `system:node:${nodeName}`, { organization: 'system:nodes', hosts: [nodeAddress, nodeName] }),
      issue('controller-manager', 'system:kube-controller-manager'),
      issue('scheduler', 'system:kube-scheduler'),
      issue('proxy', 'system:kube-proxy'),
    ]);
  const write = (path: string, pair: KeyPair): string => {
    writeFileSync(path, kubeconfig(server, authority, pair), { mode: 0o600 });
    return path;
  };
  const component = (name: string, pair: KeyPair): string => write(join(dir, `${name}.kubeconfig`), pair);
  write(kubeconfigPath(), admin);
  return {
    controlPlane: {
      dataDir: join(dataDir(), 'etcd'),
      etcdPort: 2379,
      address: nodeAddress,
      port: 6443,
      serviceRange,
      authority,
      frontProxyAuthority,
      frontProxyClient,
      etcdServer,
      serving,
      client,
      signingKey: createSigningKey(dir),
    },
    admin,
    kubelet,
    kubeconfigs: {
      controllerManager: component('controller-manager', controllerManager),
      scheduler: component('scheduler', scheduler),
      kubelet: component('kubelet', kubelet),
      proxy: component('proxy', proxy),
    },
  };
}
