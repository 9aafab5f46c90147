import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { KeyPair } from './pki.ts';

/** What etcd and the apiserver need to be told, the same for a test's control plane and for the whole cluster. */
export interface ControlPlaneSettings {
  readonly dataDir: string;
  readonly etcdPort: number;
  readonly address: string;
  readonly port: number;
  readonly serviceRange: string;
  readonly authority: KeyPair;
  readonly frontProxyAuthority: KeyPair;
  readonly frontProxyClient: KeyPair;
  readonly etcdServer: KeyPair;
  readonly serving: KeyPair;
  /** The apiserver's own client certificate, towards etcd and kubelets. */
  readonly client: KeyPair;
  readonly signingKey: string;
}

/** The command line of etcd. It does not wait for the disk: nothing in these clusters outlives them. */
export function etcdArguments(settings: ControlPlaneSettings): string[] {
  const url = `https://127.0.0.1:${settings.etcdPort}`;
  return [
    `--data-dir=${settings.dataDir}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    '--listen-peer-urls=http://127.0.0.1:0', // no peers: any free port
    `--cert-file=${settings.etcdServer.cert}`,
    `--key-file=${settings.etcdServer.key}`,
    `--trusted-ca-file=${settings.authority.cert}`,
    '--client-cert-auth',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** The command line of kube-apiserver that both kinds of control plane share. */
export function apiServerArguments(settings: ControlPlaneSettings): string[] {
  return [
    `--etcd-servers=https://127.0.0.1:${settings.etcdPort}`,
    `--etcd-cafile=${settings.authority.cert}`,
    `--etcd-certfile=${settings.client.cert}`,
    `--etcd-keyfile=${settings.client.key}`,
    `--bind-address=${settings.address}`,
    `--advertise-address=${settings.address}`,
    `--secure-port=${settings.port}`,
    `--service-cluster-ip-range=${settings.serviceRange}`,
    `--client-ca-file=${settings.authority.cert}`,
    `--tls-cert-file=${settings.serving.cert}`,
    `--tls-private-key-file=${settings.serving.key}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-signing-key-file=${settings.signingKey}`,
    `--service-account-key-file=${settings.signingKey}`,
    '--enable-aggregator-routing=true', // no kube-proxy is needed between the apiserver and aggregated APIs or webhooks
    `--requestheader-client-ca-file=${settings.frontProxyAuthority.cert}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${settings.frontProxyClient.cert}`,
    `--proxy-client-key-file=${settings.frontProxyClient.key}`,
    '--profiling=false',
  ];
}

/** Whether the apiserver at `server` says that it is ready. Never throws. */
export function isReady(server: string, caFile: string, client: KeyPair): Promise<boolean> {
  return new Promise((resolve) => {
    const req = request(
      `${server}/readyz`,
      {
        ca: readFileSync(caFile),
        cert: readFileSync(client.cert),
        key: readFileSync(client.key),
        timeout: 2000,
        agent: false,
      },
      (res) => {
        res.resume();
        resolve(res.statusCode === 200);
      },
    );
    req.on('timeout', () => req.destroy());
    req.on('error', () => resolve(false));
    req.end();
  });
}
