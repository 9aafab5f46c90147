import { cgroupRoot, dnsAddress, nodeAddress, podRange } from './settings.ts';

export interface KubeletPaths {
  readonly containerdSocket: string;
  readonly podLogs: string;
  readonly volumePlugins: string;
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** The kubelet's configuration file. */
export function kubeletConfig(paths: KubeletPaths): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    healthzBindAddress: '127.0.0.1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: paths.authority },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: paths.cert,
    tlsPrivateKeyFile: paths.key,
    clusterDNS: [dnsAddress],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroupRoot}`,
    failCgroupV1: false, // from 1.35 on the kubelet refuses cgroup v1 otherwise
    failSwapOn: false,
    makeIPTablesUtilChains: false, // nothing here uses iptables, and they would outlive the cluster
    oomScoreAdj: 0, // lowering it is not permitted everywhere
    podLogsDir: paths.podLogs,
    volumePluginDir: paths.volumePlugins,
    // The machine is someone's own and may be fairly full: neither evict pods nor delete images, which no registry has.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    maxPods: 200,
    serializeImagePulls: false,
    nodeStatusUpdateFrequency: '5s',
  };
}

/** kube-proxy's configuration file. */
export function proxyConfig(kubeconfig: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig },
    clusterCIDR: podRange,
    bindAddress: nodeAddress,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    oomScoreAdj: 0,
    // leave the machine's connection tracking limits as they are
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
