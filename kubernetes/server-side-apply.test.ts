import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contains, firstDifference } from './server-side-apply.ts';

const name = fc.string({ minLength: 1, maxLength: 8 });
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
/** Free of null, empty values and names with a meaning of their own, whose rules have their own tests. */
const key = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', '__proto__', 'constructor');
const { tree } = fc.letrec<{ tree: unknown; list: unknown[]; node: Record<string, unknown> }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, tie('node'), tie('list')),
  list: fc.oneof(
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    fc.uniqueArray(fc.record({ name, alpha: tie('tree') }), { minLength: 1, maxLength: 4, selector: (e) => e.name }),
  ),
  node: fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
}));

/** Adds what a server might: a field in each object, an element in each list of names. */
function embellish(value: unknown): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(embellish);
    const named = value.every((element) => typeof element === 'object' && element !== null && 'name' in element);
    return named ? [{ name: 'from the server, and longer than ours' }, ...elements.reverse()] : elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, embellish(inner)] as const);
  return Object.fromEntries([['defaulted', true], ...entries]);
}

/** Changes the n-th leaf, counted modulo their number; names stay. */
function changeLeaf(value: unknown, n: number): unknown {
  const count = (inner: unknown): number =>
    typeof inner !== 'object' || inner === null ? 1 : Object.values(inner).reduce((sum, each) => sum + count(each), 0);
  let left = n % count(value);
  const walk = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner === 'object' && inner !== null)
      return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, walk(each)]));
    return left-- === 0 ? { changed: inner } : inner;
  };
  return walk(value);
}

test('everything contains itself', () => {
  fc.assert(fc.property(tree, (value) => contains(value, structuredClone(value))));
});

test('defaults and others’ elements are no difference', () => {
  fc.assert(fc.property(tree, (value) => contains(value, embellish(value))));
});

test('a leaf that differs is a difference', () => {
  fc.assert(fc.property(tree, fc.nat(), (value, n) => !contains(changeLeaf(value, n), value)));
});

const deployment = () => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop-worker-default', namespace: 'shop', labels: { a: '1' }, annotations: {} },
  spec: {
    replicas: 2,
    paused: false,
    selector: { matchLabels: { a: '1' } },
    template: {
      metadata: { labels: { a: '1' } },
      spec: {
        hostNetwork: false,
        tolerations: [],
        topologySpreadConstraints: [
          { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
          { topologyKey: 'host', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
        ],
        containers: [
          {
            name: 'worker',
            image: 'shop:1',
            args: ['worker', '--pool', 'prefork'],
            env: [
              { name: 'A', value: '1000m' },
              { name: 'EMPTY', value: '' },
            ],
            ports: [
              { containerPort: 53, protocol: 'UDP' },
              { containerPort: 53, protocol: 'TCP' },
            ],
            resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: 1 } },
            volumeMounts: [{ name: 'celery-config', mountPath: '/etc/celery', readOnly: true }],
          },
        ],
        volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1024Mi' } }],
      },
    },
  },
});

/** As kube-apiserver 1.35 returns it. */
const observed = () => {
  const { metadata, spec, ...rest } = structuredClone(deployment());
  const { annotations, ...meta } = metadata;
  const { paused, ...specification } = spec;
  const { hostNetwork, tolerations, ...podSpec } = spec.template.spec;
  const [worker] = podSpec.containers;
  return {
    ...rest,
    metadata: { ...meta, uid: 'u', resourceVersion: '7', managedFields: [] },
    spec: {
      ...specification,
      progressDeadlineSeconds: 600,
      template: {
        ...spec.template,
        spec: {
          ...podSpec,
          dnsPolicy: 'ClusterFirst',
          containers: [
            { name: 'sidecar', image: 'mesh:1' },
            {
              ...worker,
              imagePullPolicy: 'IfNotPresent',
              env: [{ name: 'A', value: '1000m' }, { name: 'EMPTY' }],
              resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '1' } },
            },
          ],
          volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }],
        },
      },
    },
    status: { replicas: 2 },
  };
};

test('a Deployment read back contains what was applied', () => {
  assert.is(firstDifference(deployment(), observed()), undefined);
});

const pod = 'spec.template.spec';

const drifts: [what: string, changed: string, to: unknown, reported: string][] = [
  ['replicas', 'spec.replicas', 3, 'spec.replicas'],
  ['a label taken away', 'metadata.labels', {}, 'metadata.labels.a'],
  ['another argument', `${pod}.containers.1.args`, ['worker'], `${pod}.containers[worker].args`],
  ['a container taken away', `${pod}.containers`, [{ name: 'sidecar' }], `${pod}.containers[worker]`],
  [
    'a variable of the same quantity but other text',
    `${pod}.containers.1.env.0.value`,
    '1',
    `${pod}.containers[worker].env[A].value`,
  ],
  [
    'another limit',
    `${pod}.containers.1.resources.limits.memory`,
    '1G',
    `${pod}.containers[worker].resources.limits.memory`,
  ],
  ['another protocol', `${pod}.containers.1.ports.0.protocol`, 'SCTP', `${pod}.containers[worker].ports[53,UDP]`],
  ['another kind of volume', `${pod}.volumes.0`, { name: 'scratch', hostPath: {} }, `${pod}.volumes[scratch].emptyDir`],
];

/** Sets what is at a dotted path. */
function set(root: unknown, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((inner, key) => (inner as Record<string, unknown>)[key], root);
  (parent as Record<string, unknown>)[last] = value;
}

for (const [what, changed, to, reported] of drifts) {
  test(`drift is noticed: ${what}`, () => {
    const seen = observed();
    set(seen, changed, to);
    assert.is(firstDifference(deployment(), seen), reported);
  });
}

test('a null wants absence', () => {
  assert.ok(contains({ a: null }, {}));
  assert.ok(contains({ a: null }, { a: null }));
  assert.not.ok(contains({ a: null }, { a: 0 }));
});

test('an empty object means something, an empty map or list does not', () => {
  assert.not.ok(contains({ podSelector: {} }, {}));
  assert.ok(contains({ labels: {}, tolerations: [] }, {}));
  assert.not.ok(contains({ tolerations: [] }, { tolerations: [{ key: 'a' }] }));
});

test('a false that differs from absence is a difference', () => {
  assert.not.ok(contains({ automountServiceAccountToken: false }, {}));
  assert.ok(contains({ hostNetwork: false }, {}));
});

test('a key of Object.prototype is data', () => {
  assert.not.ok(contains(JSON.parse('{"data": {"constructor": "x"}}'), { data: {} }));
  assert.not.ok(contains(JSON.parse('{"data": {"__proto__": "x"}}'), { data: {} }));
});

test.run();
