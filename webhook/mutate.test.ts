import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AdmissionRequest, AdmissionResponse, JsonObject } from './admission.ts';
import { type ApplicationSummary, createApplications } from './applications.ts';
import { mutator } from './mutate.ts';
import { createPlans, type PlanConfigMap } from './plans.ts';

const LABEL = 'celeryproject.org/application';
const CONFIG = `shop-client-${'1'.repeat(32)}`;
const PLAN = {
  format: 1,
  application: 'shop',
  component: 'client',
  configModule: 'celeryconfig',
  brokerUrl: { value: 'redis://r' },
};
const configMap = (more: Partial<PlanConfigMap> = {}): PlanConfigMap => ({
  metadata: { labels: { [LABEL]: 'shop' } },
  immutable: true,
  data: { 'plan.json': JSON.stringify(PLAN) },
  ...more,
});

const request = (object: JsonObject, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  operation: 'CREATE',
  namespace: 'ns',
  dryRun: false,
  object,
  ...more,
});

const labelled = (annotations: Record<string, string> = {}): JsonObject => ({
  metadata: { generateName: 'web-', labels: { [LABEL]: 'shop' }, annotations },
  spec: { containers: [{ name: 'web' }] },
});

interface World {
  readonly cached: Map<string, ApplicationSummary>;
  readonly stored: Map<string, ApplicationSummary>;
  readonly configMaps: Map<string, PlanConfigMap>;
  reads: number;
  down: boolean;
}

function world(): World & {
  readonly applications: ReturnType<typeof createApplications>;
  ask(r: AdmissionRequest, ms?: number): Promise<AdmissionResponse>;
} {
  const state: World = { cached: new Map(), stored: new Map(), configMaps: new Map(), reads: 0, down: false };
  const read = async <T>(from: Map<string, T>, key: string): Promise<T | undefined> => {
    state.reads++;
    await new Promise(setImmediate);
    if (state.down) throw new Error('connection refused');
    return from.get(key);
  };
  const applications = createApplications({
    cached: (namespace, name) => state.cached.get(`${namespace}/${name}`),
    get: (namespace, name) => read(state.stored, `${namespace}/${name}`),
  });
  const plans = createPlans((namespace, name) => read(state.configMaps, `${namespace}/${name}`));
  const decide = mutator(applications, plans);
  return Object.assign(state, {
    applications,
    ask: async (r: AdmissionRequest, budget = 2000) => decide(r, { signal: AbortSignal.timeout(budget), budget }),
  });
}

const operationsOf = ({ patch = '' }: AdmissionResponse): jsonPatch.Operation[] =>
  JSON.parse(Buffer.from(patch, 'base64').toString());

test('a labelled pod gets the current configuration of its application', async () => {
  const { ask, cached, configMaps } = world();
  cached.set('ns/shop', { clientConfig: CONFIG });
  configMaps.set(`ns/${CONFIG}`, configMap());
  const response = await ask(request(labelled()));
  assert.ok(response.allowed);
  assert.is(response.patchType, 'JSONPatch');
  assert.match(JSON.stringify(operationsOf(response)), new RegExp(CONFIG));
});

test('a second pass adds nothing, whatever the pod looks like', async () => {
  const { ask, cached, configMaps } = world();
  cached.set('ns/shop', { clientConfig: CONFIG });
  configMaps.set(`ns/${CONFIG}`, configMap());
  const name = fc.constantFrom('a', 'CELERY_CONFIG', '__proto__', 'constructor', 'x/y~z', '\ud800');
  const container = fc.record(
    {
      name,
      env: fc.array(fc.record({ name, value: fc.string() })),
      future: fc.jsonValue(),
      volumeMounts: fc.constant([]),
    },
    { requiredKeys: ['name'] },
  );
  const pods = fc.record({
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: fc.array(container, { maxLength: 2 }),
    future: fc.jsonValue(),
  });
  await fc.assert(
    fc.asyncProperty(pods, async (spec) => {
      const object = JSON.parse(JSON.stringify({ ...labelled(), spec }));
      const first = await ask(request(object));
      const once = jsonPatch.applyPatch(structuredClone(object), operationsOf(first)).newDocument;
      const second = await ask(request(once));
      assert.equal(second, { uid: 'u', allowed: true });
    }),
    { numRuns: 200 },
  );
});

test('pods without the label, other operations and subresources pass as they are', async () => {
  const { ask, reads } = world();
  const plain = { uid: 'u', allowed: true };
  assert.equal(await ask(request({})), plain);
  assert.equal(await ask(request({ metadata: { labels: { [LABEL]: '' } } })), plain);
  assert.equal(await ask(request(labelled(), { operation: 'UPDATE' })), plain);
  assert.equal(await ask(request(labelled(), { subResource: 'ephemeralcontainers' })), plain);
  assert.is(reads, 0);
});

test('a kind that is no Pod is a fault of the configuration', async () => {
  const { ask } = world();
  const error = await ask(request({}, { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } })).catch(
    (thrown) => thrown,
  );
  assert.match(error.message, /apps\/v1 Deployment/);
});

test('200 pods at once cost one read of the application and one of the ConfigMap', async () => {
  const state = world();
  state.stored.set('ns/shop', { clientConfig: CONFIG });
  state.configMaps.set(`ns/${CONFIG}`, configMap());
  const answers = await Promise.all(Array.from({ length: 200 }, () => state.ask(request(labelled()))));
  assert.ok(answers.every(({ patch }) => patch !== undefined));
  assert.is(state.reads, 2);
});

test('a pod waits until its application is configured', async () => {
  const { ask, applications, cached, configMaps, stored } = world();
  stored.set('ns/shop', { clientConfig: undefined });
  configMaps.set(`ns/${CONFIG}`, configMap());
  const answer = ask(request(labelled()));
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  cached.set('ns/shop', { clientConfig: CONFIG });
  applications.changed('ns', 'shop');
  assert.ok((await answer).patch);
});

for (const [what, prepare, sentence] of [
  ['there is no application', () => {}, /there is no CeleryApplication "shop" in namespace "ns"; .*try again/],
  [
    'nothing is published yet',
    (w: World) => w.stored.set('ns/shop', { clientConfig: undefined }),
    /"shop" has published no configuration yet.*try again/,
  ],
  [
    'the API server is away',
    (w: World) => Object.assign(w, { down: true }),
    /"shop" could not be read in time; .*try again/,
  ],
] as const) {
  test(`when time is up and ${what}, the refusal says so`, async () => {
    const state = world();
    prepare(state);
    const { allowed, status } = await state.ask(request(labelled()), 50);
    assert.not(allowed);
    assert.is(status?.code, 403);
    assert.match(status?.message ?? '', sentence);
  });
}

const pinned = request(labelled({ 'celeryproject.org/config': 'mine' }));

for (const [what, stored, sentence] of [
  ['is absent', undefined, /ConfigMap "mine" .* does not exist/],
  [
    'belongs to another application',
    configMap({ metadata: { labels: { [LABEL]: 'other' } } }),
    /does not belong to the CeleryApplication "shop"/,
  ],
  ['has no plan', configMap({ data: {} }), /has no plan\.json/],
  ['is not JSON', configMap({ data: { 'plan.json': 'hunter2' } }), /plan\.json is not JSON/],
  ['has an unknown format', configMap({ data: { 'plan.json': '{"format":2}' } }), /format 2/],
  [
    "holds another application's plan",
    configMap({ data: { 'plan.json': JSON.stringify({ ...PLAN, application: 'x' }) } }),
    /of another application/,
  ],
] as const) {
  test(`a pinned ConfigMap that ${what} is refused`, async () => {
    const { ask, configMaps } = world();
    if (stored !== undefined) configMaps.set('ns/mine', stored);
    const { status } = await ask(pinned);
    assert.match(status?.message ?? '', sentence);
    assert.not.match(status?.message ?? '', /hunter2/);
  });
}

test('only an immutable ConfigMap is remembered, and not for another application', async () => {
  const state = world();
  state.configMaps.set('ns/mine', configMap({ immutable: false }));
  await state.ask(pinned);
  await state.ask(pinned);
  assert.is(state.reads, 2);
  state.configMaps.set('ns/mine', configMap());
  await state.ask(pinned);
  await state.ask(pinned);
  assert.is(state.reads, 3);
  const foreign = structuredClone(pinned.object) as { metadata: { labels: Record<string, string> } };
  foreign.metadata.labels[LABEL] = 'other';
  assert.not((await state.ask(request(foreign))).allowed);
});

test('the least recently used plan goes first', async () => {
  let reads = 0;
  const plans = createPlans(async () => {
    reads++;
    return configMap();
  }, 2);
  const { signal } = new AbortController();
  for (const name of ['a', 'b']) await plans.read('ns', name, 'shop', signal);
  plans.known('ns', 'a', 'shop');
  await plans.read('ns', 'c', 'shop', signal);
  assert.ok(plans.known('ns', 'a', 'shop'));
  assert.is(plans.known('ns', 'b', 'shop'), undefined);
  assert.is(reads, 3);
});

test.run();
