import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { binary } from '../scripts/local-cluster/binaries.ts';
import { type ControlPlane, controlPlane } from '../scripts/local-cluster/control-plane.ts';
import { attempt, CommandFailed, run, waitFor } from '../scripts/local-cluster/exec.ts';

const root = join(import.meta.dirname, '..');
const chart = join(root, 'chart');
const HELMS = ['helm3', 'helm4'] as const;
type Helm = (typeof HELMS)[number];
const NAMESPACE = 'operators';
// Helm renders as for this version where it sees no cluster; the chart asks for 1.30 or later.
const KUBE = ['--kube-version', '1.35.0'];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Everything that can be switched on, with a Secret for the broker: a generated password would differ between two renders. */
const EVERYTHING = [
  'networkPolicy.enabled=true',
  'broker.enabled=true',
  'broker.existingSecret=given',
  'broker.persistence.enabled=true',
  'webhook.pods.excludedNamespaces={a,b}',
  'priorityClassName=system-cluster-critical',
].flatMap((setting) => ['--set', setting]);

/** The same with the other broker. */
const RABBITMQ = [...EVERYTHING, '--set', 'broker.type=rabbitmq'];

const helm = (which: Helm, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> =>
  run(binary(which), args, { env: { ...process.env, ...env }, timeoutMs: 120_000 });

async function render(which: Helm, args: readonly string[] = [], from = chart): Promise<Manifest[]> {
  const text = await helm(which, ['template', 'celery-operator', from, '-n', NAMESPACE, ...KUBE, ...args]);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)
    .sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

const name = (manifest: Manifest): string => `${manifest.apiVersion} ${manifest.kind} ${manifest.metadata.name}`;

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CommandFailed) return error.output;
    throw error;
  }
  return assert.unreachable('it was accepted') as never;
}

const rendering = suite('chart rendering');

for (const which of HELMS) {
  rendering(`${which} lint --strict finds nothing`, async () => {
    await helm(which, ['lint', '--strict', chart, ...KUBE]);
    await helm(which, ['lint', '--strict', chart, ...KUBE, ...EVERYTHING]);
    await helm(which, ['lint', '--strict', chart, ...KUBE, ...RABBITMQ]);
  });

  rendering(`${which} refuses a value it does not know and names it`, async () => {
    assert.match(await refusal(render(which, ['--set', 'replicaCount=3'])), /replicaCount/);
    assert.match(await refusal(render(which, ['--set', 'webhook.timeout=3'])), /webhook[\s\S]*timeout/);
    assert.match(await refusal(render(which, ['--set', 'broker.typo=3'])), /broker[\s\S]*typo/);
  });

  rendering(`${which} refuses a cluster that is too old`, async () => {
    const args = ['template', 'celery-operator', chart, '--kube-version', '1.29.9'];
    assert.match(await refusal(helm(which, args)), /kubeVersion/);
    await helm(which, ['template', 'celery-operator', chart, '--kube-version', '1.30.1-eks-1']);
  });

  rendering(`${which} package from a clean copy installs the same and carries no source`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chart-'));
    try {
      await cp(chart, join(directory, 'chart'), { recursive: true });
      await helm(which, ['package', join(directory, 'chart'), '--destination', directory]);
      const file = (await readdir(directory)).find((entry) => entry.endsWith('.tgz'));
      assert.match(file ?? '', /^celery-operator-\d+\.\d+\.\d+\.tgz$/);
      const packaged = join(directory, file ?? '');
      assert.equal(await render(which, EVERYTHING, packaged), await render(which, EVERYTHING));
      const content = (await run('tar', ['tzf', packaged])).trim().split('\n');
      assert.equal(
        content.filter((entry) => entry.endsWith('.ts') || entry.includes('/tests/')),
        [],
      );
      assert.ok(content.includes('celery-operator/files/crd.yaml'));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}

rendering('both Helms render the same', async () => {
  assert.equal(await render('helm3'), await render('helm4'));
  assert.equal(await render('helm3', EVERYTHING), await render('helm4', EVERYTHING));
  assert.equal(await render('helm3', RABBITMQ), await render('helm4', RABBITMQ));
});

rendering('helm-unittest suites pass', async () => {
  const output = await run(binary('helm-unittest'), ['--strict', chart], { timeoutMs: 120_000 });
  assert.match(output, /Tests:\s+(?:[6-9]\d|\d{3,}) passed/);
});

rendering('nothing of the broker is installed by default', async () => {
  assert.equal(
    (await render('helm3')).map(name).filter((entry) => entry.includes('broker')),
    [],
  );
});

rendering('no name is longer than a label, whatever the release is called', async () => {
  const longest = 'r'.repeat(53);
  const text = await helm('helm3', ['template', longest, chart, ...KUBE, '--set', 'broker.enabled=true']);
  for (const document of parseAllDocuments(text)) {
    const manifest = document.toJS() as Manifest | null;
    if (manifest) assert.ok(manifest.metadata.name.length <= 63, name(manifest));
  }
});

const cluster = suite<{ plane: ControlPlane }>('chart on an API server');

cluster.before(async (context) => {
  context.plane = await controlPlane();
  for (const namespace of [NAMESPACE, ...HELMS])
    await kubectl(context.plane, ['create', 'namespace', namespace, '-o', 'name']);
  await kubectl(context.plane, ['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
});
cluster.after(async ({ plane }) => plane.stop());

function kubectl(plane: ControlPlane, args: readonly string[], input?: string): Promise<string> {
  return run(binary('kubectl'), ['--kubeconfig', plane.adminKubeconfig, ...args], { input, timeoutMs: 60_000 });
}

cluster('the API server accepts every object, strictly', async ({ plane }) => {
  for (const settings of [[], EVERYTHING, RABBITMQ]) {
    const manifests = await render('helm3', settings);
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const args = ['apply', '--dry-run=server', '--validate=strict', '-f', '-'];
    const output = await kubectl(plane, args, list);
    assert.is(output.trim().split('\n').length, manifests.length);
  }
});

cluster('pods of every workload meet the restricted Pod Security Standard', async ({ plane }) => {
  for (const manifest of [...(await render('helm3', EVERYTHING)), ...(await render('helm3', RABBITMQ))]) {
    const template = (manifest as { spec?: { template?: { metadata: object; spec: object } } }).spec?.template;
    if (!template) continue;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: manifest.metadata.name, namespace: NAMESPACE },
      // Accounts and priority classes come from elsewhere; the standard looks at neither.
      spec: { ...template.spec, serviceAccountName: undefined, priorityClassName: undefined },
    };
    await kubectl(plane, ['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
  }
});

for (const which of HELMS) {
  const release = 'celery-operator';
  const at = (plane: ControlPlane): readonly string[] => ['-n', which, '--kubeconfig', plane.adminKubeconfig];

  cluster(`${which} upgrade keeps the CA that the webhook published, the password and the CRD`, async ({ plane }) => {
    await helm(which, ['install', release, chart, ...at(plane), '--set', 'broker.enabled=true']);
    const patch = JSON.stringify({
      webhooks: ['injected-pods', 'pods'].map((prefix) => ({
        name: `${prefix}.celeryproject.org`,
        clientConfig: { caBundle: 'Q0E=' },
      })),
    });
    const configuration = `mutatingwebhookconfiguration/${release}`;
    await kubectl(plane, ['patch', configuration, '--type=strategic', '--field-manager=webhook', '-p', patch]);
    const secret = ['get', 'secret', `${release}-broker`, '-n', which, '-o', 'jsonpath={.data.password}'];
    const password = await kubectl(plane, secret);
    const upgrade = ['upgrade', release, chart, ...at(plane), '--set', 'broker.enabled=true'];
    await helm(which, [...upgrade, '--set', 'webhook.timeoutSeconds=7']);
    await helm(which, [...upgrade, '--set', 'webhook.timeoutSeconds=8']);
    const read = [
      'get',
      configuration,
      '-o',
      'jsonpath={.webhooks[*].clientConfig.caBundle} {.webhooks[1].timeoutSeconds}',
    ];
    assert.is(await kubectl(plane, read), 'Q0E= Q0E= 8');
    assert.is(await kubectl(plane, secret), password);
    // Jobs never run here, so the hook cannot: this is the documented way out.
    await helm(which, ['uninstall', release, ...at(plane), '--no-hooks']);
    const left = await kubectl(plane, [
      'get',
      'validatingwebhookconfigurations,mutatingwebhookconfigurations',
      '-o',
      'name',
    ]);
    assert.is(left, '');
    await kubectl(plane, ['get', 'crd', 'celeryapplications.celeryproject.org', '-o', 'name']);
    await kubectl(plane, ['delete', '--wait', 'crd', 'celeryapplications.celeryproject.org']);
  });

  cluster(`${which} uninstall gives up in time when the hook's Job never runs`, async ({ plane }) => {
    await helm(which, ['install', release, chart, ...at(plane), '--set', 'crds.keep=false']);
    await refusal(helm(which, ['uninstall', release, ...at(plane), '--timeout', '3s']));
    await helm(which, ['uninstall', release, ...at(plane), '--no-hooks']);
    // The API server clears the applications of a CRD before it lets it go.
    await waitFor(
      'the CRD to be gone',
      30_000,
      async () => (await kubectl(plane, ['get', 'crd', '-o', 'name'])) === '',
    );
  });
}

cluster('while no webhook answers, what must wait waits and everything else goes on', async ({ plane }) => {
  // Not the namespace with the Pod Security Standard: this pod is a bare one.
  const own = 'helm3';
  const pod = (metadata: object): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'p-', namespace: 'default', ...metadata },
      spec: { containers: [{ name: 'c', image: 'x' }] },
    });
  const application = (name: string, extra: object = {}): string =>
    JSON.stringify({
      apiVersion: 'celeryproject.org/v1beta1',
      kind: 'CeleryApplication',
      metadata: { name, namespace: 'default', ...extra },
      spec: { image: 'x', broker: { url: 'redis://redis' } },
    });
  const create = (content: string): Promise<string> => kubectl(plane, ['create', '-f', '-'], content);
  const labels = { 'celeryproject.org/application': 'stored' };
  await kubectl(plane, ['apply', '-f', join(chart, 'files', 'crd.yaml')]);
  await kubectl(plane, ['wait', '--for=condition=Established', 'crd/celeryapplications.celeryproject.org']);
  await create(application('stored', { finalizers: ['example.com/finalizer'] }));
  const at = ['-n', own, '--kubeconfig', plane.adminKubeconfig];
  await helm('helm3', ['install', 'celery-operator', chart, ...at, '--set', 'crds.install=false']);
  const patch = (content: string): Promise<string> =>
    kubectl(plane, ['patch', 'celeryapp', 'stored', '-n', 'default', '--type=merge', '-p', content]);
  const refused = /failed calling webhook/;
  try {
    // A new configuration takes effect a moment after its creation.
    await waitFor('the webhooks to be asked', 20_000, async () => {
      const created = await attempt(binary('kubectl'), ['--kubeconfig', plane.adminKubeconfig, 'create', '-f', '-'], {
        input: pod({ labels }),
      });
      return created === undefined;
    });
    await waitFor('the validating webhook to be asked', 20_000, async () =>
      patch('{"spec":{"image":"y"}}').then(
        () => false,
        () => true,
      ),
    );
    assert.match(await refusal(create(pod({ labels }))), refused);
    assert.match(await refusal(create(application('other'))), refused);
    assert.match(await refusal(patch('{"spec":{"image":"z"}}')), refused);
    await create(pod({ labels, annotations: { 'celeryproject.org/injected': 'digest' } }));
    await create(pod({ labels, namespace: own }));
    await create(pod({ labels, namespace: 'kube-system' }));
    await create(pod({}));
    await patch('{"metadata":{"annotations":{"a":"b"}}}');
    await kubectl(plane, ['delete', 'celeryapp', 'stored', '-n', 'default', '--wait=false']);
    await patch('{"metadata":{"finalizers":null}}');
    assert.is(await kubectl(plane, ['get', 'celeryapp', '-n', 'default', '-o', 'name']), '');
  } finally {
    await helm('helm3', ['uninstall', 'celery-operator', ...at, '--no-hooks']);
  }
});

cluster('examples are valid', async ({ plane }) => {
  await kubectl(plane, ['apply', '-f', join(chart, 'files', 'crd.yaml')]);
  await kubectl(plane, ['wait', '--for=condition=Established', 'crd/celeryapplications.celeryproject.org']);
  for (const file of (await readdir(join(root, 'examples'))).filter((entry) => entry.endsWith('.yaml'))) {
    const content = await readFile(join(root, 'examples', file), 'utf8');
    await kubectl(plane, ['apply', '-n', NAMESPACE, '--dry-run=server', '--validate=strict', '-f', '-'], content);
  }
});

rendering.run();
cluster.run();
