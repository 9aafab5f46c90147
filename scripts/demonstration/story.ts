import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installOperator, NAMESPACE, RELEASE, uninstallOperator } from '../installation/release.ts';
import { contextTarget, type Target } from '../installation/target.ts';
import { CommandFailed, run, waitFor } from '../local-cluster/index.ts';
import { picture } from './picture.ts';
import { sampler } from './sampler.ts';

/** What differs from one demo to the next. */
export interface StoryOptions {
  readonly adds: number;
  readonly operatorImage: string;
  readonly shopImage: string;
}

const SHOP = 'shop';
const root = join(import.meta.dirname, '../..');
const started = Date.now();

/** Tells the story: each step says what it does, does it, and shows what came of it. @throws when something did not come out as told */
export async function story(target: Target, options: StoryOptions): Promise<void> {
  step('Install the operator, with its bundled broker: helm install');
  const [repository = '', tag = ''] = split(options.operatorImage);
  await installOperator(target, [
    '--set',
    'broker.enabled=true',
    '--set',
    `image.repository=${repository}`,
    '--set-string',
    `image.tag=${tag}`,
  ]);
  await show(target, ['get', 'pods', '--namespace', NAMESPACE]);

  step('Apply an application: examples/shop.yaml');
  const manifest = (await readFile(join(root, 'examples/shop.yaml'), 'utf8')).replaceAll(
    /image: celery-operator\/shop:\S+/g,
    `image: ${options.shopImage}`,
  );
  await ensureNamespace(target);
  process.stdout.write(await target.kubectl(['apply', '--namespace', SHOP, '-f', '-'], manifest));
  await ready(target);
  await show(target, ['get', 'celeryapp', '--namespace', SHOP]);
  await show(target, ['get', 'deployments,pods', '--namespace', SHOP]);

  const watch = await sampler(target, { namespace: SHOP, name: 'shop' }, 'celery');
  step(`Send ${options.adds} tasks from a pod that has only the application's label, and check every result`);
  await submit(target, options);

  step('A bad specification is refused, with the reason');
  await refused(target, options.shopImage);

  step('An edit rolls the workers: concurrency of the pool "default"');
  const before = await workerPods(target);
  const current = await concurrency(target);
  const patch = JSON.stringify([{ op: 'replace', path: '/spec/workers/0/concurrency', value: current + 1 }]);
  process.stdout.write(
    await target.kubectl(['patch', 'celeryapp', 'shop', '--namespace', SHOP, '--type', 'json', '-p', patch]),
  );
  await waitFor(
    'the workers to be rolled',
    300_000,
    async () => {
      const pods = await workerPods(target);
      return pods.length > 0 && pods.every((pod) => !before.includes(pod));
    },
    500,
  );
  await ready(target);
  await show(target, ['get', 'pods', '--namespace', SHOP]);
  await show(target, ['describe', 'celeryapp', 'shop', '--namespace', SHOP]);

  const drawing = join(tmpdir(), 'celery-operator-demo.svg');
  await writeFile(drawing, picture(`${options.adds} tasks, then a rollout`, await watch.stop()));

  console.log(`
Done in ${Math.round((Date.now() - started) / 1000)} s. The cluster is yours to play with:
  ${target.kubectlWords} get celeryapp --namespace ${SHOP}
  ${target.kubectlWords} edit celeryapp shop --namespace ${SHOP}
A picture of the queue and the workers: ${drawing}
./scripts/demo --clean${target.local ? '' : ' --context …'} removes it.`);
}

/** Removes what the demo made. */
export async function clean(context: string | undefined): Promise<void> {
  if (context === undefined) {
    process.stdout.write(await run(join(root, 'scripts/cluster'), ['down'], { timeoutMs: 300_000 }));
    console.log(
      'the cluster is down; binaries and images stay in the cache (./scripts/cluster down --purge removes them)',
    );
    return;
  }
  const target = await contextTarget(context);
  await target.kubectl(['delete', 'namespace', SHOP, '--ignore-not-found', '--wait', '--timeout', '180s']);
  await uninstallOperator(target).catch((error: unknown) => {
    if (!(error instanceof CommandFailed && error.output.includes('not found'))) throw error;
  });
  await target.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait', '--timeout', '180s']);
  await target.kubectl(['delete', 'crd', 'celeryapplications.celeryproject.org', '--ignore-not-found']);
  console.log(`removed the release ${RELEASE}, the namespaces ${SHOP} and ${NAMESPACE} and the CRD from ${context}`);
}

function step(title: string): void {
  console.log(`\n# ${title}  [${Math.round((Date.now() - started) / 1000)} s]`);
}

async function show(target: Target, args: readonly string[]): Promise<void> {
  console.log(`$ ${target.kubectlWords} ${args.join(' ')}`);
  process.stdout.write(await target.kubectl(args));
}

async function ensureNamespace(target: Target): Promise<void> {
  await target.kubectl(['create', 'namespace', SHOP]).catch((error: unknown) => {
    if (!(error instanceof CommandFailed && error.output.includes('AlreadyExists'))) throw error;
  });
}

async function ready(target: Target): Promise<void> {
  await waitFor(
    'the application to be ready',
    300_000,
    async () => {
      const application = JSON.parse(
        await target.kubectl(['get', 'celeryapp', 'shop', '--namespace', SHOP, '-o', 'json']),
      );
      const status = application.status ?? {};
      const condition = (status.conditions ?? []).find((entry: { type: string }) => entry.type === 'Ready');
      return status.observedGeneration === application.metadata.generation && condition?.status === 'True';
    },
    500,
  );
}

async function workerPods(target: Target): Promise<string[]> {
  const pods = JSON.parse(
    await target.kubectl([
      'get',
      'pods',
      '--namespace',
      SHOP,
      '--selector',
      'celeryproject.org/pool=default',
      '-o',
      'json',
    ]),
  ).items as { metadata: { name: string; deletionTimestamp?: string } }[];
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => pod.metadata.name);
}

async function concurrency(target: Target): Promise<number> {
  return Number(
    await target.kubectl([
      'get',
      'celeryapp',
      'shop',
      '--namespace',
      SHOP,
      '-o',
      'jsonpath={.spec.workers[0].concurrency}',
    ]),
  );
}

async function submit(target: Target, options: StoryOptions): Promise<void> {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'submit', namespace: SHOP },
    spec: {
      backoffLimit: 0,
      template: {
        // The only thing that ties this pod to the application: the webhook gives it broker, result backend and settings.
        metadata: { labels: { 'celeryproject.org/application': 'shop' } },
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'submit',
              image: options.shopImage,
              imagePullPolicy: 'IfNotPresent',
              command: ['python', '-m', 'shop.submit', '--count', String(options.adds)],
            },
          ],
        },
      },
    },
  };
  await target.kubectl(['delete', 'job', 'submit', '--namespace', SHOP, '--ignore-not-found', '--wait']);
  await target.kubectl(['create', '-f', '-'], JSON.stringify(job));
  const outcome = await waitFor(
    'the tasks to be done',
    900_000,
    async () => {
      const status =
        JSON.parse(await target.kubectl(['get', 'job', 'submit', '--namespace', SHOP, '-o', 'json'])).status ?? {};
      return status.succeeded === 1 ? 'right' : status.failed === 1 ? 'wrong' : undefined;
    },
    500,
  );
  const log = await target.kubectl(['logs', 'job/submit', '--namespace', SHOP]);
  process.stdout.write(log.split('\n').slice(-4).join('\n'));
  if (outcome !== 'right') throw new CommandFailed('python -m shop.submit', 1, log);
}

/** A specification with several mistakes, applied as a person would. @throws when it was accepted */
async function refused(target: Target, image: string): Promise<void> {
  const bad = `apiVersion: celeryproject.org/v1beta1
kind: CeleryApplication
metadata:
  name: mistakes
spec:
  image: ${image}
  app: shop.celery:app
  celeryVersion: "5.7"
  broker: {url: "rediss//redis:6379"}
  config: {task_ack_late: true, CELERYD_CONCURRENCY: 4}
  workers:
  - name: default
    replica: 2
    args: [--purge]
`;
  process.stdout.write(bad.replaceAll(/^/gm, '  ').trimEnd());
  console.log('\n');
  try {
    await target.kubectl(['apply', '--namespace', SHOP, '-f', '-'], bad);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.log(error.output.trim());
    return;
  }
  throw new Error('the bad specification was accepted');
}

function split(image: string): [string, string] {
  const at = image.lastIndexOf(':');
  return at > image.lastIndexOf('/') ? [image.slice(0, at), image.slice(at + 1)] : [image, 'latest'];
}
