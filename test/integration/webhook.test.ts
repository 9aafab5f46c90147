import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import jsonPatch from 'fast-json-patch';
import type { ConfigMap, Namespace, Pod } from 'kubernetes-types/core/v1.js';
import { test as uvuTest } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { findings } from '../../application/findings.ts';
import { injectPod } from '../../application/inject.ts';
import { parsePlan } from '../../application/injection-plan.ts';
import {
  type ApiObject,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  createClient,
  type KubernetesClient,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  NAMESPACES,
  PODS,
  type Resource,
  SECRETS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../../kubernetes/client.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';
import { GROUP, PLURAL, VERSION } from '../../schemas/celery-application.ts';
import { binary } from '../../scripts/local-cluster/binaries.ts';
import { type ControlPlane, controlPlane } from '../../scripts/local-cluster/control-plane.ts';
import type { Lifetimes } from '../../webhook/certificates/lifetimes.ts';
import { LIFETIMES } from '../../webhook/certificates/lifetimes.ts';
import type { Config } from '../../webhook/config.ts';
import { createLog } from '../../webhook/log.ts';
import { type Running, runWebhook } from '../../webhook/run.ts';
import type { FindingsOf } from '../../webhook/validate.ts';

/** uvu 0.5 breaks on errors whose `details` is no string, as an ApiError's is, and then reports success. */
const test = Object.assign(
  (name: string, body: () => Promise<void>): void => {
    uvuTest(name, () =>
      body().catch((error: Error) => {
        throw error instanceof assert.Assertion ? error : new Error(error.message);
      }),
    );
  },
  { before: uvuTest.before, after: uvuTest.after, run: uvuTest.run },
);

const APPLICATIONS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: PLURAL,
  kind: 'CeleryApplication',
  namespaced: true,
};
const LABEL = 'celeryproject.org/application';
const NAMESPACE = 'default';

/** The real rules, and some that stay as they are whatever becomes of the real ones. */
const findingsOf: FindingsOf = (application) => [
  ...('mock' in application.spec ? mocked(application) : findings(application, {})),
];

const mocked: FindingsOf = ({ spec }) => [
  ...('replica' in spec
    ? [
        {
          code: 'CEL001',
          severity: 'error' as const,
          path: 'spec.replica',
          problem: 'unknown field',
          fix: 'write "workers"',
        },
      ]
    : []),
  ...(spec.app === 'broken'
    ? [{ code: 'CEL002', severity: 'error' as const, path: 'spec.app', problem: 'is broken', fix: 'mend it' }]
    : []),
  ...(spec.app === 'odd'
    ? [{ code: 'CEL003', severity: 'warning' as const, path: 'spec.app', problem: 'is odd', fix: 'even it' }]
    : []),
];

function configOf(suffix = ''): Config {
  return {
    namespace: NAMESPACE,
    serviceName: 'webhook',
    validatingConfiguration: `celery-operator${suffix}`,
    mutatingConfiguration: `celery-operator${suffix}`,
    caSecret: `webhook-ca${suffix}`,
    bundledBroker: undefined,
    logLevel: 'info',
    port: 0,
    metricsPort: 0,
    drainDelay: 0,
    files: undefined,
  };
}

let plane: ControlPlane;
let client: KubernetesClient;
let running: Running;
const lines: string[] = [];
const log = createLog(
  'info',
  new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  }),
);

async function until(what: string, condition: () => boolean | Promise<boolean>, milliseconds = 20_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never: ${what}\n${lines.slice(-10).join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** As the chart writes them, but with URLs and short timeouts. `rule` narrows what reaches a second pair. */
async function configure(name: string, { port }: Pick<Running, 'port'>, objectSelector?: object): Promise<void> {
  const webhook = (path: string, rule: object, more: object): object => ({
    clientConfig: { url: `https://127.0.0.1:${port}${path}` },
    rules: [rule],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 2,
    ...more,
  });
  const applications = {
    apiGroups: [GROUP],
    apiVersions: [VERSION],
    resources: [PLURAL],
    operations: ['CREATE', 'UPDATE'],
  };
  const pods = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
  const selector = objectSelector ?? { matchExpressions: [{ key: 'rotation', operator: 'DoesNotExist' }] };
  await client.create(VALIDATING_WEBHOOK_CONFIGURATIONS, {
    metadata: { name },
    webhooks: [
      { name: 'validate.celeryproject.org', ...webhook('/validate', applications, { objectSelector: selector }) },
    ],
  } as ApiObject);
  await client.create(MUTATING_WEBHOOK_CONFIGURATIONS, {
    metadata: { name },
    webhooks: [
      {
        name: 'mutate.celeryproject.org',
        ...webhook('/mutate', pods, {
          objectSelector: { matchExpressions: [{ key: LABEL, operator: 'Exists' }] },
          reinvocationPolicy: 'IfNeeded',
        }),
      },
    ],
  } as ApiObject);
}

const application = (name: string, spec: object, labels: Record<string, string> = {}): ApiObject =>
  ({
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'CeleryApplication',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: { image: 'shop:1', broker: { url: 'redis://redis/0' }, ...spec },
  }) as ApiObject;

const pod = (labels: Record<string, string>, annotations: Record<string, string> = {}): Pod => ({
  metadata: { generateName: 'web-', namespace: NAMESPACE, labels, annotations },
  spec: { containers: [{ name: 'web', image: 'shop:1', env: [{ name: 'CELERY_BROKER_URL', value: 'mine' }] }] },
});

async function refusal(
  work: Promise<unknown>,
): Promise<{ status: number; reason: string; message: string; details?: unknown }> {
  return work.then(
    () => {
      throw new Error('was accepted');
    },
    (error) => error,
  );
}

async function kubectl(manifest: object): Promise<{ code: number; text: string }> {
  const file = join(plane.dir, `manifest-${crypto.randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(manifest));
  const args = ['--kubeconfig', plane.adminKubeconfig, 'apply', '-f', file];
  return promisify(execFile)(binary('kubectl'), args).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error) => ({ code: error.code, text: `${error.stdout}${error.stderr}` }),
  );
}

test.before(async () => {
  plane = await controlPlane();
  client = createClient(kubeconfigConfig(plane.adminKubeconfig));
  await client.create(
    CUSTOM_RESOURCE_DEFINITIONS,
    parse(readFileSync(join(import.meta.dirname, '../../chart/files/crd.yaml'), 'utf8')),
  );
  await until('the CRD is served', () =>
    client.list(APPLICATIONS).then(
      () => true,
      () => false,
    ),
  );
  await until('the namespace exists', async () => (await client.get<Namespace>(NAMESPACES, NAMESPACE)) !== undefined);
  running = await runWebhook({ config: configOf(), client, findingsOf, log, host: '127.0.0.1', names: ['127.0.0.1'] });
  assert.ok(running.notReady().length > 0, 'not ready without configurations');
  await configure('celery-operator', running);
  await until('ready', () => running.notReady().length === 0);
  const ready = await fetch(`http://127.0.0.1:${running.metricsPort}/readyz`);
  assert.is(ready.status, 200);
});

test.after(async () => {
  await running?.stop();
  client?.close();
  await plane?.stop();
});

test('a good application is accepted', async () => {
  await until('the webhook is in force', async () => {
    const tried = await client
      .create(APPLICATIONS, application('probe', { mock: true, app: 'broken' }), { dryRun: true })
      .catch((error) => error);
    return tried?.status === 422;
  });
  await client.create(APPLICATIONS, application('shop', {}));
});

test('a bad one is refused with every error, in the message and as causes', async () => {
  const error = await refusal(
    client.create(APPLICATIONS, application('bad', { mock: true, app: 'broken', replica: 1 })),
  );
  assert.is(error.status, 422);
  assert.is(error.reason, 'Invalid');
  assert.match(
    error.message,
    /CeleryApplication "bad" is refused: 2 errors\n\* spec\.replica: .* \[CEL001\]\n\* spec\.app: /,
  );
  assert.is((error.details as { causes: unknown[] }).causes.length, 2);
});

test('kubectl shows the errors of a refused application and the warnings of an accepted one', async () => {
  const bad = await kubectl(application('bad', { mock: true, app: 'broken', replica: 1 }));
  assert.is(bad.code, 1);
  assert.match(bad.text, /spec\.replica: unknown field; write "workers" \[CEL001\]/);
  assert.match(bad.text, /spec\.app: is broken; mend it \[CEL002\]/);
  const odd = await kubectl(application('odd', { mock: true, app: 'odd' }));
  assert.is(odd.code, 0);
  assert.match(odd.text, /Warning: spec\.app: is odd; even it \[CEL003\]/);
});

test('what does not touch the spec is never refused, so a stored application stays deletable', async () => {
  await client.delete(VALIDATING_WEBHOOK_CONFIGURATIONS, 'celery-operator-away');
  const labels = { rotation: 'none' }; // past the selector: stored before the rule existed
  await client.create(APPLICATIONS, {
    ...application('old', { mock: true, app: 'broken' }, labels),
    metadata: { name: 'old', namespace: NAMESPACE, labels, finalizers: ['example.org/hold'] },
  } as ApiObject);
  const at = { namespace: NAMESPACE, type: 'merge' as const };
  await client.patch(APPLICATIONS, 'old', { metadata: { labels: { rotation: null, team: 'a' } } }, at);
  assert.is(
    (await refusal(client.patch(APPLICATIONS, 'old', { spec: { mock: true, app: 'broken', image: 'shop:2' } }, at)))
      .status,
    422,
  );
  await client.delete(APPLICATIONS, 'old', { namespace: NAMESPACE });
  await client.patch(APPLICATIONS, 'old', { metadata: { finalizers: null } }, at);
  assert.is(await client.get(APPLICATIONS, 'old', NAMESPACE), undefined);
});

test('a misspelt field is refused with the one that was meant', async () => {
  const error = await refusal(client.create(APPLICATIONS, application('typo', { worker: [] })));
  assert.is(error.status, 422);
  assert.match(error.message, /spec\.worker: .*"?workers"?/);
});

const CONFIG = `shop-client-${'0'.repeat(32)}`;

test('a pod waits for the configuration of its application and is then refused in words', async () => {
  const error = await refusal(client.create(PODS, pod({ [LABEL]: 'shop' })));
  assert.is(error.status, 403);
  assert.match(error.message, /the CeleryApplication "shop" has published no configuration yet/);
  assert.match(
    (await refusal(client.create(PODS, pod({ [LABEL]: 'nobody' })))).message,
    /there is no CeleryApplication "nobody"/,
  );
});

test('a pod that comes before its application is configured passes when the configuration does', async () => {
  const early = client.create<Pod>(PODS, pod({ [LABEL]: 'shop' }));
  const plan = { format: 1, application: 'shop', component: 'client', brokerUrl: { value: 'redis://redis/0' } };
  await client.create<ConfigMap>(CONFIG_MAPS, {
    metadata: { name: CONFIG, namespace: NAMESPACE, labels: { [LABEL]: 'shop' } },
    immutable: true,
    data: { 'plan.json': JSON.stringify(plan) },
  });
  await client.patch(
    APPLICATIONS,
    'shop',
    { status: { clientConfig: CONFIG } },
    { namespace: NAMESPACE, type: 'merge', subresource: 'status' },
  );
  assert.ok((await early).spec?.volumes?.some(({ name }) => name === 'celery-config'));
});

test('the patch gives what an independent implementation makes of it, and a second pass adds nothing', async () => {
  const sent = pod({ [LABEL]: 'shop' }, { 'example.org/a_b': '__proto__', constructor: 'x' });
  const stored = await client.create<Pod>(PODS, sent);
  const config = await client.get<ConfigMap>(CONFIG_MAPS, CONFIG, NAMESPACE);
  const plan = parsePlan(config?.data?.['plan.json'] ?? '');
  // What the API server saw is defaulted; so compare what injection is about.
  const expected = jsonPatch.applyPatch(structuredClone(sent), injectPod(sent, plan, CONFIG)).newDocument;
  assert.equal(stored.metadata?.annotations, expected.metadata?.annotations);
  assert.equal(stored.spec?.containers[0]?.env, expected.spec?.containers[0]?.env);
  assert.equal(
    stored.spec?.containers[0]?.volumeMounts?.filter(({ name }) => name === 'celery-config'),
    expected.spec?.containers[0]?.volumeMounts,
  );
  assert.is(stored.spec?.containers[0]?.env?.find(({ name }) => name === 'CELERY_BROKER_URL')?.value, 'mine');
  assert.equal(injectPod(stored, plan, CONFIG), []);
  const { name: _name, ...metadata } = {
    ...stored.metadata,
    name: '',
    generateName: 'web-',
    uid: undefined,
    resourceVersion: undefined,
  };
  const again = await client.create<Pod>(PODS, { spec: stored.spec, metadata } as Pod, { namespace: NAMESPACE });
  assert.equal(again.spec, stored.spec);
});

test('a pinned configuration must belong to the application', async () => {
  const name = 'foreign';
  await client.create<ConfigMap>(CONFIG_MAPS, {
    metadata: { name, namespace: NAMESPACE, labels: { [LABEL]: 'other' } },
    data: {},
  });
  const error = await refusal(client.create(PODS, pod({ [LABEL]: 'shop' }, { 'celeryproject.org/config': name })));
  assert.match(error.message, /ConfigMap "foreign" does not belong to the CeleryApplication "shop"/);
});

test('pods without the label, and dry runs, are served too', async () => {
  await client.create(PODS, pod({}));
  const dry = await client.create<Pod>(PODS, pod({ [LABEL]: 'shop' }), { dryRun: true });
  assert.ok(dry.spec?.volumes?.length);
});

test('a caBundle that somebody wiped is written again', async () => {
  const bundle = async (): Promise<unknown> => {
    const found = (await client.get(MUTATING_WEBHOOK_CONFIGURATIONS, 'celery-operator')) as
      | { webhooks?: { clientConfig: { caBundle?: string } }[] }
      | undefined;
    return found?.webhooks?.[0]?.clientConfig.caBundle;
  };
  const before = await bundle();
  await client.patch(
    MUTATING_WEBHOOK_CONFIGURATIONS,
    'celery-operator',
    [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
    { type: 'json' },
  );
  await until('the caBundle is back', async () => (await bundle()) === before);
});

test('a Secret of somebody else is not used', async () => {
  await client.create(SECRETS, { metadata: { name: 'webhook-ca-foreign', namespace: NAMESPACE } });
  const config = { ...configOf(), caSecret: 'webhook-ca-foreign' };
  const other = await runWebhook({ config, client, findingsOf, log, host: '127.0.0.1', names: ['127.0.0.1'] });
  await until('it says so', () => other.notReady().some((reason) => reason.includes('does not carry the label')));
  await other.stop();
});

test('authorities and leaves rotate under load without one failed request, two replicas at work', async () => {
  const lifetimes: Lifetimes = {
    ...LIFETIMES,
    authority: 15_000,
    leaf: 4000,
    backdate: 60_000,
    settle: 1500,
    check: 300,
  };
  const start = (): Promise<Running> =>
    runWebhook({
      config: configOf('-rotation'),
      client,
      findingsOf,
      log,
      host: '127.0.0.1',
      names: ['127.0.0.1'],
      lifetimes,
      // The API server keeps connections open; with their usual age hardly one would meet a new leaf.
      limits: { connectionAge: 50 },
    });
  const [one, two] = await Promise.all([start(), start()]);
  await configure('celery-operator-rotation', one, { matchLabels: { rotation: 'yes' } });
  // The second replica is behind a second webhook of the same configuration: every request meets both.
  const validating = (await client.get(VALIDATING_WEBHOOK_CONFIGURATIONS, 'celery-operator-rotation')) as {
    webhooks: { name: string; clientConfig: object }[];
  } & ApiObject;
  const [first] = validating.webhooks;
  await client.patch(
    VALIDATING_WEBHOOK_CONFIGURATIONS,
    'celery-operator-rotation',
    [
      {
        op: 'add',
        path: '/webhooks/-',
        value: {
          ...first,
          name: 'second.celeryproject.org',
          clientConfig: { url: `https://127.0.0.1:${two.port}/validate` },
        },
      },
    ],
    { type: 'json' },
  );
  try {
    const authorities = new Set<string>();
    const failures: string[] = [];
    let sent = 0;
    await until('both are ready', () => one.notReady().length + two.notReady().length === 0);
    const ask = (): Promise<unknown> =>
      client.create(APPLICATIONS, application(`r${sent++}`, {}, { rotation: 'yes' }), { dryRun: true });
    await until('API server has the configurations', () =>
      ask().then(
        () => true,
        () => false,
      ),
    );
    const end = performance.now() + Number(process.env.ROTATION_SECONDS ?? 32) * 1000;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        await ask().catch((error: Error) => failures.push(error.message));
        if (sent % 50 === 0) {
          const secret = (await client.get(SECRETS, 'webhook-ca-rotation', NAMESPACE)) as
            | { data?: Record<string, string> }
            | undefined;
          authorities.add(secret?.data?.['tls.crt'] ?? '');
        }
      }
    };
    await Promise.all([worker(), worker()]);
    assert.equal(failures, []);
    assert.ok(authorities.size >= 3, `${authorities.size} authorities`);
    console.log(`rotation: ${sent} requests, ${authorities.size} authorities, ${failures.length} failed`);
  } finally {
    await client.delete(VALIDATING_WEBHOOK_CONFIGURATIONS, 'celery-operator-rotation');
    await client.delete(MUTATING_WEBHOOK_CONFIGURATIONS, 'celery-operator-rotation');
    await Promise.all([one.stop(), two.stop()]);
  }
});

test.run();
