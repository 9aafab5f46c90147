import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run, waitFor } from './exec.ts';
import { dataDir, runDir } from './paths.ts';
import { cniNetwork, pauseImage, podRange } from './settings.ts';
import { type ClusterProcess, requireAlive, startRecorded } from './state.ts';

/** Images and snapshots: kept by `down`, so that the next start imports nothing. */
export const containerdRoot = (): string => join(dataDir(), 'containerd');
const containerdState = (): string => join(runDir(), 'containerd');

/** Our containerd's socket; the system's own containerd is never touched. */
export const containerdSocket = (): string => join(runDir(), 'containerd.sock');

export interface ContainerdConfig {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly cniConfigDir: string;
  /** Without Kubernetes' plugin, containerd leaves old containers alone, and they can be removed. */
  readonly cri: boolean;
}

/** The text of containerd's configuration file. */
export function containerdConfig(config: ContainerdConfig): string {
  const cri = `
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(pauseImage)}
  restrict_oom_score_adj = true # or no sandbox starts where lowering oom_score_adj is not permitted
  netns_mounts_under_state_dir = true # so that all mounts are below our directory
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = ${JSON.stringify(join(config.state, 'runc'))}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${JSON.stringify(config.cniConfigDir)}
`;
  return `version = 2
root = ${JSON.stringify(config.root)}
state = ${JSON.stringify(config.state)}
${config.cri ? '' : 'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'}
[grpc]
  address = ${JSON.stringify(config.socket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${JSON.stringify(join(config.state, 'opt'))}
${config.cri ? cri : ''}`;
}

/** The CNI network: one veth pair per pod and no bridge, because a bridge needs br_netfilter for Services. */
export function cniConfig(stateDir: string): string {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: stateDir,
  };
  return JSON.stringify(
    { cniVersion: '0.4.0', name: cniNetwork, plugins: [{ type: 'ptp', ipam, mtu: 1400 }] },
    null,
    2,
  );
}

/**
 * Starts our containerd and waits until it answers.
 * @param cri whether it serves the kubelet, or only holds images for clean-up
 * @throws UserError with the end of its log
 */
export async function startContainerd(cri: boolean): Promise<ClusterProcess> {
  const cniConfigDir = join(runDir(), 'cni');
  mkdirSync(cniConfigDir, { recursive: true });
  writeFileSync(join(cniConfigDir, '10-ptp.conflist'), cniConfig(join(runDir(), 'cni-addresses')));
  const path = join(runDir(), 'containerd.toml');
  const places = { root: containerdRoot(), state: containerdState(), socket: containerdSocket(), cniConfigDir };
  writeFileSync(path, containerdConfig({ ...places, cri }));
  const started = startRecorded('containerd', 'containerd', ['--config', path]);
  await waitFor('containerd', 30_000, () => {
    requireAlive(started);
    return attempt('ctr', ['--address', containerdSocket(), 'version']);
  });
  return started;
}

/**
 * Runs `ctr` on the images and containers of our containerd's Kubernetes namespace.
 * @throws CommandFailed when it fails
 */
export function ctr(...args: string[]): Promise<string> {
  return run('ctr', ['--address', containerdSocket(), '--namespace', 'k8s.io', ...args]);
}

/** Whether containers of an earlier run may still be recorded in containerd's root. */
export const hasContainerRecords = (): boolean => existsSync(join(containerdRoot(), 'io.containerd.metadata.v1.bolt'));

/**
 * Removes the records and file systems of all containers, dead ones of an earlier run: images stay.
 * @returns their ids
 */
export async function removeContainers(): Promise<string[]> {
  const ids = (await ctr('containers', 'ls', '-q')).split('\n').filter(Boolean);
  if (ids.length > 0) await ctr('containers', 'rm', ...ids);
  return ids;
}

/** The pids of our containerd's shims: the only ones that name our socket. */
export function findShims(socket: string = containerdSocket()): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return args[0]?.includes('containerd-shim') === true && args[args.indexOf('-address') + 1] === socket;
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Removes the sockets of our shims, which containerd keeps in a directory that all containerds of a machine share. */
export function removeShimSockets(): void {
  const tasks = join(containerdState(), 'io.containerd.runtime.v2.task', 'k8s.io');
  if (!existsSync(tasks)) return;
  for (const id of readdirSync(tasks)) {
    try {
      const address = readFileSync(join(tasks, id, 'address'), 'utf8').replace(/^unix:\/\//, '');
      if (address.startsWith('/run/containerd/s/')) rmSync(address, { force: true });
    } catch {
      // a task that never got so far
    }
  }
}
