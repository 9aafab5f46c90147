import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiServerArguments, etcdArguments, isReady } from './api-server.ts';
import { binary } from './binaries.ts';
import type { Credentials } from './certificates.ts';
import { containerdSocket } from './containerd.ts';
import { waitFor } from './exec.ts';
import { kubeletConfig, proxyConfig } from './kubelet-config.ts';
import { dataDir, runDir } from './paths.ts';
import { nodeAddress, nodeName, server } from './settings.ts';
import { requireAlive, startRecorded } from './state.ts';

function writeConfig(name: string, config: object): string {
  const path = join(runDir(), name);
  writeFileSync(path, JSON.stringify(config, null, 2)); // JSON is YAML
  return path;
}

/**
 * Starts etcd and kube-apiserver with an empty store and waits until the API answers.
 * @throws UserError with the end of a log
 */
export async function startControlPlane(credentials: Credentials): Promise<void> {
  const { controlPlane, admin } = credentials;
  rmSync(controlPlane.dataDir, { recursive: true, force: true });
  mkdirSync(dataDir(), { recursive: true });
  const etcd = startRecorded('etcd', binary('etcd'), etcdArguments(controlPlane));
  const apiServer = startRecorded('kube-apiserver', binary('kube-apiserver'), [
    ...apiServerArguments(controlPlane),
    '--enable-admission-plugins=NodeRestriction',
    `--kubelet-client-certificate=${controlPlane.client.cert}`,
    `--kubelet-client-key=${controlPlane.client.key}`,
    `--kubelet-certificate-authority=${controlPlane.authority.cert}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--cert-dir=${runDir()}`,
  ]);
  await waitFor(`kube-apiserver ready at ${server}`, 90_000, () => {
    requireAlive(etcd);
    requireAlive(apiServer);
    return isReady(server, controlPlane.authority.cert, admin);
  });
}

/** Starts the controllers and the scheduler; the API must answer, because they exit while their RBAC is missing. */
export function startControllers(credentials: Credentials): void {
  const { controlPlane, kubeconfigs } = credentials;
  const common = (kubeconfig: string): string[] => [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
    `--cert-dir=${runDir()}`,
  ];
  startRecorded('kube-controller-manager', binary('kube-controller-manager'), [
    ...common(kubeconfigs.controllerManager),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${controlPlane.signingKey}`,
    `--root-ca-file=${controlPlane.authority.cert}`,
    `--cluster-signing-cert-file=${controlPlane.authority.cert}`,
    `--cluster-signing-key-file=${controlPlane.authority.key}`,
    // autoscaling that a person can watch; the defaults are 15 s and 5 min
    '--horizontal-pod-autoscaler-sync-period=5s',
    '--horizontal-pod-autoscaler-downscale-stabilization=30s',
    `--flex-volume-plugin-dir=${join(runDir(), 'volume-plugins')}`, // made where it is missing, by default below /usr
  ]);
  startRecorded('kube-scheduler', binary('kube-scheduler'), common(kubeconfigs.scheduler));
}

/** Starts the kubelet and kube-proxy. containerd must run. */
export function startNode(credentials: Credentials): void {
  const rootDir = join(dataDir(), 'kubelet');
  const paths = {
    containerdSocket: containerdSocket(),
    podLogs: join(dataDir(), 'pod-logs'),
    volumePlugins: join(runDir(), 'volume-plugins'),
    authority: credentials.controlPlane.authority.cert,
    cert: credentials.kubelet.cert,
    key: credentials.kubelet.key,
  };
  for (const dir of [rootDir, paths.podLogs, paths.volumePlugins]) mkdirSync(dir, { recursive: true });
  startRecorded('kubelet', binary('kubelet'), [
    `--config=${writeConfig('kubelet.yaml', kubeletConfig(paths))}`,
    `--kubeconfig=${credentials.kubeconfigs.kubelet}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${nodeAddress}`,
    `--root-dir=${rootDir}`,
  ]);
  startRecorded('kube-proxy', binary('kube-proxy'), [
    `--config=${writeConfig('kube-proxy.yaml', proxyConfig(credentials.kubeconfigs.proxy))}`,
    `--hostname-override=${nodeName}`,
  ]);
}
