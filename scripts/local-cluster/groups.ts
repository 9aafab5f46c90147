import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './exec.ts';
import { toolDir } from './paths.ts';

/** Programs built from one Go module; each group has a go.mod of its own because their requirements clash. */
export interface Group {
  readonly name: string;
  /** The module whose version is shown and stamped. */
  readonly module: string;
  /** Binary name → Go package. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Linker flags that stamp the version; without them Kubernetes says v0.0.0 and Helm's kubeVersion check fails. */
  readonly stamp?: (version: string, goMod: string) => readonly string[];
  /** Built only when asked for. */
  readonly optional?: boolean;
}

const kubernetesCommand = (name: string): string => `k8s.io/kubernetes/cmd/${name}`;

/** Every group, in build order: the control plane first, because most tests need nothing else. */
export const groups: readonly Group[] = [
  {
    name: 'kubernetes',
    module: 'k8s.io/kubernetes',
    binaries: Object.fromEntries(
      ['kube-apiserver', 'kubectl', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map(
        (name) => [name, kubernetesCommand(name)],
      ),
    ),
    stamp: (version) => {
      const [major, minor] = version.replace(/^v/, '').split('.');
      return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((target) => [
        `-X ${target}.gitVersion=${version}`,
        `-X ${target}.gitMajor=${major}`,
        `-X ${target}.gitMinor=${minor}`,
      ]);
    },
  },
  { name: 'etcd', module: 'go.etcd.io/etcd/server/v3', binaries: { etcd: 'go.etcd.io/etcd/server/v3' } },
  { name: 'coredns', module: 'github.com/coredns/coredns', binaries: { coredns: 'github.com/coredns/coredns' } },
  {
    name: 'metrics-server',
    module: 'sigs.k8s.io/metrics-server',
    binaries: { 'metrics-server': 'sigs.k8s.io/metrics-server/cmd/metrics-server' },
  },
  {
    name: 'helm3',
    module: 'helm.sh/helm/v3',
    binaries: { helm3: 'helm.sh/helm/v3/cmd/helm' },
    // as in Helm's own releases, `helm template` renders for the Kubernetes of its client library; otherwise for 1.20
    stamp: (version, goMod) => {
      const minor = requiredVersion(goMod, 'k8s.io/client-go').split('.')[1];
      return [
        `-X helm.sh/helm/v3/internal/version.version=${version}`,
        ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((pkg) => [
          `-X helm.sh/helm/v3/${pkg}.k8sVersionMajor=1`,
          `-X helm.sh/helm/v3/${pkg}.k8sVersionMinor=${minor}`,
        ]),
      ];
    },
  },
  {
    name: 'helm-unittest',
    module: 'github.com/helm-unittest/helm-unittest',
    binaries: { 'helm-unittest': 'github.com/helm-unittest/helm-unittest/cmd/helm-unittest' },
  },
  {
    name: 'kubeconform',
    module: 'github.com/yannh/kubeconform',
    binaries: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
  },
  {
    name: 'helm4',
    module: 'helm.sh/helm/v4',
    binaries: { helm4: 'helm.sh/helm/v4/cmd/helm' },
    stamp: (version) => [`-X helm.sh/helm/v4/internal/version.version=${version}`],
  },
  {
    name: 'keda',
    module: 'github.com/kedacore/keda/v2',
    binaries: {
      keda: 'github.com/kedacore/keda/v2/cmd/operator',
      'keda-adapter': 'github.com/kedacore/keda/v2/cmd/adapter',
      'keda-admission-webhooks': 'github.com/kedacore/keda/v2/cmd/webhooks',
    },
    optional: true,
  },
];

/** The directory with a group's go.mod and go.sum. */
export function moduleDir(group: Group): string {
  return join(toolDir, 'modules', group.name);
}

/**
 * The version of `module` that the text of a go.mod requires, for example `v1.35.4`.
 * @throws Error when the file does not require it
 */
export function requiredVersion(goMod: string, module: string): string {
  for (const line of goMod.split('\n')) {
    const words = line
      .trim()
      .replace(/^require\s+/, '')
      .split(/\s+/);
    if (words[0] === module && words[1]?.startsWith('v')) return words[1];
  }
  throw new Error(`go.mod does not require ${module}`);
}

const readGoMod = (group: Group): string => readFileSync(join(moduleDir(group), 'go.mod'), 'utf8');

/** The version that a group builds. */
export function groupVersion(group: Group): string {
  return requiredVersion(readGoMod(group), group.module);
}

/** The linker flags of a group: no symbols, version stamped. */
export function linkerFlags(group: Group): string {
  return ['-s', '-w', ...(group.stamp?.(groupVersion(group), readGoMod(group)) ?? [])].join(' ');
}

/** Directory name of a group's binaries: changes exactly when what they are built from changes. */
export function groupKey(group: Group): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleDir(group), file))).update('\0');
  hash.update(linkerFlags(group)).update(JSON.stringify(group.binaries)).update(process.arch);
  return `${group.name}-${hash.digest('hex').slice(0, 16)}`;
}

/**
 * The group that provides a binary.
 * @throws Error for a name that no group builds
 */
export function groupOf(binary: string): Group {
  const group = groups.find((candidate) => binary in candidate.binaries);
  if (!group) throw new Error(`no group builds ${binary}`);
  return group;
}

export interface Selection {
  readonly only?: readonly string[];
  readonly with?: readonly string[];
  readonly all?: boolean;
}

/**
 * The groups that a build was asked for: the usual ones, `only` some, the usual ones `with` optional ones, or `all`.
 * @throws UserError naming a group that does not exist
 */
export function selectGroups(selection: Selection = {}): readonly Group[] {
  const unknown = [...(selection.only ?? []), ...(selection.with ?? [])].find(
    (name) => !groups.some((group) => group.name === name),
  );
  if (unknown !== undefined)
    throw new UserError(`unknown group "${unknown}"; there are ${groups.map((group) => group.name).join(', ')}`);
  if (selection.only) return groups.filter((group) => selection.only?.includes(group.name));
  return groups.filter((group) => selection.all || !group.optional || selection.with?.includes(group.name));
}
