import { execFileSync } from 'node:child_process';

/** One layer of the tests: each can run alone. */
export interface Layer {
  readonly name: 'unit' | 'chart' | 'integration' | 'e2e';
  readonly about: string;
  /** Command lines that make ready what its tests need; what is there already costs nothing. */
  readonly prepare: readonly (readonly string[])[];
  /** Files that run at once: those that mostly wait for other processes share the cores well. */
  readonly lanes: number;
  /** Which tracked test files belong to it. */
  readonly owns: (file: string) => boolean;
}

/** Debian's Chromium, for the tests that look at a page. */
const CHROMIUM = [
  'sh',
  '-c',
  'test -x /usr/bin/chromium || { apt-get update -q && apt-get install -y -q --no-install-recommends chromium; }',
];
const KUBERNETES = ['./scripts/cluster', 'build', '--only', 'kubernetes,etcd'];

export const LAYERS: readonly Layer[] = [
  {
    name: 'unit',
    about: 'pure code, beside its subject; seconds',
    prepare: [],
    lanes: 2,
    owns: (file) => !/^test\/(integration|e2e|celery|chart)/.test(file),
  },
  {
    name: 'chart',
    about: 'both Helms, helm-unittest, schema, server-side dry run',
    prepare: [['./scripts/cluster', 'build', '--only', 'kubernetes,etcd,helm3,helm4,helm-unittest,kubeconform']],
    lanes: 1,
    owns: (file) => file.startsWith('test/chart'),
  },
  {
    name: 'integration',
    about: 'a real kube-apiserver with etcd; real Celery processes',
    prepare: [KUBERNETES],
    lanes: 2,
    owns: (file) => /^test\/(integration|celery)\//.test(file),
  },
  {
    name: 'e2e',
    about: 'a real cluster: the packaged chart, pods, brokers, tasks',
    prepare: [CHROMIUM],
    // There is one cluster.
    lanes: 1,
    owns: (file) => file.startsWith('test/e2e/'),
  },
];

/**
 * Test files of the checkout by layer, in a stable order.
 * @param root the checkout
 */
export function testFiles(root: string): Map<Layer, string[]> {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '')
    .sort();
  return new Map(LAYERS.map((layer) => [layer, files.filter((file) => layer.owns(file))]));
}
