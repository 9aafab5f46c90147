/** The fixed addresses and names of the local cluster. All are private to this machine. */
export const nodeName = 'local';
/** A /32 on the loopback device: the kubelet refuses 127.0.0.0/8, and this one needs no interface of its own. */
export const nodeAddress = '10.250.0.1';
export const serviceRange = '10.251.0.0/16';
/** The apiserver's Service address, always the first of the range. */
export const apiServiceAddress = '10.251.0.1';
export const dnsAddress = '10.251.0.10';
export const podRange = '10.252.0.0/24';
export const server: string = `https://${nodeAddress}:6443`;

/** Cgroup under which all pods run: every process in it is ours to end. */
export const cgroupRoot = 'celery-operator';
/** Our own nftables table; kube-proxy makes a second one. */
export const natTable = 'celery-operator-cluster';
export const cniNetwork = 'celery-operator';
export const pauseImage = 'registry.k8s.io/pause:3.10';

/** Debian packages that a cluster needs at run time; the programs that prove each is there are checked first. */
export const nodePackages: readonly string[] = [
  'buildah',
  'catatonit',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'debootstrap',
  'iproute2',
  'nftables',
  'openssl',
  'runc',
];

export interface ListeningPort {
  readonly address: string;
  readonly port: number;
  readonly user: string;
}

/** Every fixed port of the cluster, by who listens there. */
export const ports: readonly ListeningPort[] = [
  { address: '127.0.0.1', port: 2379, user: 'etcd' },
  { address: nodeAddress, port: 6443, user: 'kube-apiserver' },
  { address: '127.0.0.1', port: 10248, user: 'kubelet health' },
  { address: '127.0.0.1', port: 10249, user: 'kube-proxy metrics' },
  { address: nodeAddress, port: 10250, user: 'kubelet' },
  { address: '127.0.0.1', port: 10256, user: 'kube-proxy health' },
  { address: '127.0.0.1', port: 10257, user: 'kube-controller-manager' },
  { address: '127.0.0.1', port: 10259, user: 'kube-scheduler' },
];
