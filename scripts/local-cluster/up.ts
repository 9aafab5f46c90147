import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreDns, metricsServer, upstreamServers } from './addons.ts';
import { baseImages } from './base-images.ts';
import { buildGroups } from './build.ts';
import { createCredentials } from './certificates.ts';
import { createCgroups } from './cgroups.ts';
import { startControllers, startControlPlane, startNode } from './components.ts';
import { startContainerd } from './containerd.ts';
import { tearDown } from './down.ts';
import { waitFor } from './exec.ts';
import { selectGroups } from './groups.ts';
import { importImages } from './image-import.ts';
import { kubectl } from './kubectl.ts';
import { withLock } from './lock.ts';
import { readSysctls, setUpNetwork } from './network.ts';
import { ensurePackages } from './packages.ts';
import { cacheDir, kubeconfigPath, runDir } from './paths.ts';
import { requireFreePorts } from './port-check.ts';
import { requireRoot } from './require-root.ts';
import { nodeName, nodePackages, ports } from './settings.ts';
import { isRunning, readState, writeState } from './state.ts';
import { coreDnsImage, metricsServerImage, systemImages } from './system-images.ts';

/** What a cluster runs; Helm and the like are built when a caller needs them. */
const clusterGroups = ['kubernetes', 'etcd', 'coredns', 'metrics-server'];

/** The lock that `up`, `down` and image imports hold: outside the run directory, which `down` removes. */
export const clusterLock = (): string => join(cacheDir(), 'cluster.lock');

export interface UpOptions {
  readonly say?: (line: string) => void;
  /** Keep Go's caches after building. */
  readonly keepBuildCache?: boolean;
}

async function deployAddons(): Promise<void> {
  const upstream = upstreamServers(readFileSync('/etc/resolv.conf', 'utf8'));
  const items = [...coreDns(coreDnsImage(), upstream), ...metricsServer(metricsServerImage())];
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

const quietly = async (args: readonly string[]): Promise<string> => kubectl(args).catch(() => '');

async function waitUntilUsable(): Promise<void> {
  await waitFor(
    `node ${nodeName} Ready`,
    90_000,
    async () =>
      (await quietly(['get', 'node', nodeName, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'])) ===
      'True',
  );
  await waitFor(
    'CoreDNS ready',
    90_000,
    async () =>
      (await quietly([
        '-n',
        'kube-system',
        'get',
        'deployment',
        'coredns',
        '-o',
        'jsonpath={.status.readyReplicas}',
      ])) === '1',
  );
  // a pod cannot be made before the controllers have given the namespace its account
  await waitFor('the default ServiceAccount', 30_000, () =>
    quietly(['get', 'serviceaccount', 'default', '-o', 'name']),
  );
}

async function start(say: (line: string) => void): Promise<void> {
  mkdirSync(runDir(), { recursive: true, mode: 0o755 });
  writeState({ ready: false, processes: [], sysctls: readSysctls() });
  const [images, bases, credentials] = await Promise.all([
    systemImages(),
    baseImages(say),
    createCredentials(),
    setUpNetwork(),
  ]);
  createCgroups();
  const containerd = startContainerd(true).then(() => importImages(images));
  await Promise.all([containerd, startControlPlane(credentials)]);
  say('control plane is up');
  startControllers(credentials);
  startNode(credentials);
  await deployAddons();
  await Promise.all([waitUntilUsable(), importImages(bases)]);
  const state = readState();
  if (state) writeState({ ...state, ready: true });
}

/**
 * Brings a one-node cluster up: installs Debian packages and builds programs and images where missing, clears what a crash
 * left behind, and returns when the node is Ready and DNS answers. A cluster that runs already is left alone.
 * @throws UserError saying what stands in the way; nothing then stays running
 */
export async function up(options: UpOptions = {}): Promise<void> {
  const say = options.say ?? ((line: string): void => console.error(line));
  requireRoot();
  await withLock(
    clusterLock(),
    async () => {
      if (isRunning(readState())) return say(`the cluster is up already; kubeconfig: ${kubeconfigPath()}`);
      const started = Date.now();
      await tearDown(); // what a crash left behind
      requireFreePorts(ports);
      await ensurePackages(nodePackages, say);
      await buildGroups(selectGroups({ only: clusterGroups }), { say, keepBuildCache: options.keepBuildCache });
      try {
        await start(say);
      } catch (error) {
        await tearDown();
        throw error;
      }
      say(`the cluster is up after ${Math.round((Date.now() - started) / 1000)} s; kubeconfig: ${kubeconfigPath()}`);
    },
    say,
  );
}
