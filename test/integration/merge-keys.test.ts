import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mergePodTemplates } from '../../application/merge-pod-template.ts';
import type { PodTemplate } from '../../application/pod-template.ts';
import { createClient } from '../../kubernetes/client.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';
import { binary, controlPlane, run } from '../../scripts/local-cluster/index.ts';
import { MERGE_KEYS_FILE, mergeKeysText, type OpenApi, podMergeKeys } from '../../scripts/merge-keys/extract.ts';

test('the table of merge keys is what the API server says', async () => {
  const plane = await controlPlane();
  const client = createClient(kubeconfigConfig(plane.adminKubeconfig));
  try {
    const document = await client.read<OpenApi>('/openapi/v2');
    assert.ok(document);
    const stored = readFileSync(join(import.meta.dirname, '../..', MERGE_KEYS_FILE), 'utf8');
    assert.is(stored, mergeKeysText(podMergeKeys(document)));
  } finally {
    client.close();
    await plane.stop();
  }
});

const volumesOf = (template: PodTemplate): readonly { readonly name: string }[] => template.spec?.volumes ?? [];

/** As `kubectl apply` does: an element that is there already names the fields that may stay. */
function withRetainKeys(overlay: PodTemplate, base: PodTemplate): unknown {
  if (overlay.spec?.volumes === undefined) return overlay;
  const known = new Set(volumesOf(base).map((volume) => volume.name));
  const volumes = volumesOf(overlay).map((volume) =>
    known.has(volume.name) ? { ...volume, $retainKeys: Object.keys(volume) } : volume,
  );
  return { ...overlay, spec: { ...overlay.spec, volumes } };
}

async function kubectlMerge(base: PodTemplate, overlay: PodTemplate): Promise<unknown> {
  const object = { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'a' }, template: base };
  const patch = JSON.stringify({ template: withRetainKeys(overlay, base) });
  const answer = await run(
    binary('kubectl'),
    ['patch', '--local', '--type=strategic', '--filename=-', '--output=json', '--patch', patch],
    { input: JSON.stringify(object), timeoutMs: 30_000 },
  );
  return JSON.parse(answer).template;
}

const name = fc.constantFrom('a', 'b', 'c', 'd');
const text = fc.constantFrom('1', '2', '3');
const optional: { requiredKeys: []; noNullPrototype: true } = { requiredKeys: [], noNullPrototype: true };
const map = fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true });

/** A list whose elements have keys of their own, as the API demands. */
const keyed = <Item>(key: string, item: fc.Arbitrary<Item>) =>
  fc.uniqueArray(item, { maxLength: 4, selector: (entry) => (entry as Record<string, unknown>)[key] });

const container = fc.record(
  {
    name,
    image: text,
    command: fc.array(text, { maxLength: 2 }),
    env: keyed('name', fc.record({ name, value: text })),
    envFrom: fc.array(fc.record({ secretRef: fc.record({ name }) }), { maxLength: 2 }),
    ports: keyed(
      'containerPort',
      fc.record(
        { containerPort: fc.integer({ min: 1, max: 3 }), protocol: fc.constantFrom('TCP', 'UDP') },
        { requiredKeys: ['containerPort'], noNullPrototype: true },
      ),
    ),
    volumeMounts: keyed('mountPath', fc.record({ mountPath: name, name, readOnly: fc.boolean() })),
    resources: fc.record({ limits: map, requests: map }, optional),
    securityContext: fc.record({ runAsUser: fc.nat(3), capabilities: fc.record({ drop: fc.array(name) }) }, optional),
  },
  { requiredKeys: ['name'], noNullPrototype: true },
);

const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const preferences = fc.array(fc.record({ weight: fc.nat(3) }), { maxLength: 2 });

const volume = fc
  .tuple(
    name,
    fc.oneof(
      fc.record({ emptyDir: fc.record({ medium: text, sizeLimit: text }, optional) }),
      fc.record({ secret: fc.record({ secretName: name, optional: fc.boolean() }, optional) }),
      fc.record({ configMap: fc.record({ name, items: fc.array(fc.record({ key: name, path: name })) }, optional) }),
    ),
  )
  .map(([own, source]) => ({ name: own, ...source }));

/** Every kind of field: scalars, maps, lists with a key, of plain values, and without. Null removes. */
const template = (nullable: boolean): fc.Arbitrary<PodTemplate> => {
  const or = <Value>(value: fc.Arbitrary<Value>) => (nullable ? fc.option(value, { freq: 8 }) : value);
  return fc.record(
    {
      metadata: fc.record({ labels: or(map), annotations: map, finalizers: fc.uniqueArray(name) }, optional),
      spec: fc.record(
        {
          containers: keyed('name', container),
          initContainers: keyed('name', container),
          volumes: keyed('name', volume),
          nodeSelector: or(map),
          tolerations: or(fc.array(fc.record({ key: name, effect: text }), { maxLength: 2 })),
          hostAliases: keyed('ip', fc.record({ ip: name, hostnames: fc.array(name, { maxLength: 2 }) })),
          imagePullSecrets: keyed('name', fc.record({ name })),
          topologySpreadConstraints: keyed(
            'topologyKey',
            fc.record({ topologyKey: name, maxSkew: fc.nat(2), whenUnsatisfiable: text }),
          ),
          affinity: fc.record({ nodeAffinity: fc.record({ [PREFERRED]: preferences }, optional) }, optional),
          terminationGracePeriodSeconds: or(fc.nat(9)),
          securityContext: fc.record({ fsGroup: fc.nat(3), supplementalGroups: fc.array(fc.nat(3)) }, optional),
          serviceAccountName: name,
        },
        optional,
      ),
    },
    optional,
  ) as unknown as fc.Arbitrary<PodTemplate>;
};

test('two templates are merged as kubectl merges them', async () => {
  await fc.assert(
    fc.asyncProperty(template(false), template(true), async (base, overlay) => {
      assert.equal(mergePodTemplates(base, overlay), await kubectlMerge(base, overlay));
    }),
    { numRuns: 100 },
  );
});

test.run();
