import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Ingress } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { children } from '../../application/children.ts';
import type { FlowerSpec } from '../../application/flower.ts';
import { resolve } from '../../application/resolve.ts';
import { FLOWER_OPTIONS } from '../../celery/command-line/flower-options.ts';
import { freePort, type Started, start, startRedis, until } from './processes.ts';
import { celeryVenv } from './venv.ts';

const PREFIX = '/api/v1/namespaces/n/services/shop-flower/proxy';
const LOGIN = 'admin:s3cret-login';
const APP = "from celery import Celery\napp = Celery('shop')\n\n@app.task\ndef add(x, y):\n    return x + y\n";

let venv: string;
let root: string;
let redis: Started;
let broker: string;
let worker: Started;

test.before(async () => {
  venv = await celeryVenv('5.7.0', 'flower==2.2.0');
  root = await mkdtemp(join(tmpdir(), 'celery-operator-flower-'));
  await mkdir(join(root, 'image'));
  await writeFile(join(root, 'image', 'shop.py'), APP);
  const port = await freePort();
  redis = await startRedis(port);
  broker = `redis://127.0.0.1:${port}/0`;
  worker = start('celery', ['-A', 'shop', 'worker', '-n', 'default@shop-1', '-c', '1', '-P', 'threads', '-l', 'INFO'], {
    cwd: join(root, 'image'),
    env: { PATH: `${join(venv, 'bin')}:/usr/bin:/bin`, CELERY_BROKER_URL: broker, C_FORCE_ROOT: '1' },
  });
  await until('the worker to be ready', () => worker.output().includes(' ready.'), worker.output);
});

test.after(async () => {
  await worker?.stop();
  await redis?.stop();
  await rm(root, { recursive: true, force: true });
});

interface Running {
  readonly process: Started;
  readonly ingress?: Ingress;
  /** Asks Flower; with the login unless told otherwise. */
  ask(path: string, init?: RequestInit & { login?: string | false }): Promise<Response>;
}

/** Starts what the operator would run, with the pod's paths and port moved to this machine, and hands it to a function. */
async function running(
  flower: FlowerSpec,
  use: (flower: Running) => Promise<void>,
  more: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const application = resolve({
    metadata: { name: 'shop', namespace: 'n', uid: 'u' },
    spec: { image: 'shop:1', app: 'shop', broker: { url: broker }, flower },
  });
  const { configMaps, workloads } = children(application);
  const home = await mkdtemp(join(root, 'pod-'));
  const etc = join(home, 'etc');
  const data = join(home, 'data');
  await mkdir(etc);
  await mkdir(data);
  const config = configMaps.find(({ metadata }) => metadata?.name?.startsWith('shop-flower-'));
  for (const [name, text] of Object.entries(config?.data ?? {})) await writeFile(join(etc, name), text);
  const deployment = workloads.find(({ metadata, kind }) => kind === 'Deployment' && metadata?.name === 'shop-flower');
  const container = (deployment as Deployment).spec?.template.spec?.containers[0];
  const port = await freePort();
  const moved = (word: string): string =>
    word
      .replaceAll('/etc/celery', etc)
      .replaceAll('/var/lib/flower', data)
      .replace(/^--port=5555$/, `--port=${port}`);
  const [program = '', ...args] = [...(container?.command ?? []), ...(container?.args ?? [])].map(moved);
  const env = (container?.env ?? []).map(({ name, value, valueFrom }) => [
    name,
    valueFrom === undefined ? moved(value ?? '') : LOGIN,
  ]);
  const process = start(program, args, {
    cwd: more.cwd ?? join(root, 'image'),
    env: { PATH: `${join(venv, 'bin')}:/usr/bin:/bin`, ...Object.fromEntries(env), ...more.env },
  });
  const ask: Running['ask'] = (path, { login = LOGIN, ...init } = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      ...init,
      headers: login === false ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
    });
  try {
    const health = container?.readinessProbe?.httpGet?.path ?? '';
    await until(
      'the probe to pass',
      async () =>
        process.child.exitCode !== null || (await ask(health, { login: false }).catch(() => undefined))?.status === 200,
      process.output,
    );
    assert.is(process.child.exitCode, null, process.output());
    const ingress = workloads.find(({ kind }) => kind === 'Ingress');
    await use({ process, ask, ...(ingress === undefined ? {} : { ingress: ingress as Ingress }) });
  } finally {
    await process.stop();
  }
}

const login = { basicAuthSecretRef: { name: 's', key: 'k' } };

test('the options are those of Flower 2.2.0', () => {
  const names = execFileSync(
    join(venv, 'bin', 'python'),
    ['-c', 'import flower.command; from tornado.options import options; print(*sorted(options._options))'],
    { encoding: 'utf8', cwd: root },
  );
  assert.equal(names.trim().split(' '), FLOWER_OPTIONS.map(({ name }) => name.replaceAll('_', '-')).sort());
});

test('the login is asked and accepted; the probe and the metrics need none', () =>
  running({ ...login, urlPrefix: PREFIX }, async ({ ask, process }) => {
    for (const path of [`${PREFIX}/`, `${PREFIX}/workers`, `${PREFIX}/api/workers`]) {
      assert.is((await ask(path, { login: false })).status, 401, path);
      assert.is((await ask(path, { login: 'admin:wrong' })).status, 401, path);
      assert.is((await ask(path)).status, 200, path);
    }
    assert.match((await ask(`${PREFIX}/`, { login: false })).headers.get('www-authenticate') ?? '', 'Basic');
    assert.is((await ask(`${PREFIX}/metrics`, { login: false })).status, 200);
    assert.not.match(process.output(), 's3cret-login');
  }));

test('every worker is shown, with and without the prefix, and all links keep it', () =>
  running({ ...login, urlPrefix: PREFIX }, async ({ ask }) => {
    // The API asks the worker, the page knows it from its first heartbeat.
    for (const path of ['api/workers?refresh=1', 'workers'])
      await until(`the worker in ${path}`, async () =>
        (await (await ask(`${PREFIX}/${path}`)).text()).includes('default@shop-1'),
      );
    for (const prefix of [PREFIX, '']) {
      const page = await (await ask(`${prefix}/workers`)).text();
      assert.match(page, 'default@shop-1');
      assert.not.match(page, /(href|src)="\/(?!api\/v1\/)/);
      assert.is((await ask(`${prefix}/static/js/flower.js`)).status, 200);
      assert.is((await ask(`${prefix}/worker/default@shop-1`)).status, 200);
      assert.is((await ask(`${prefix}/no-such-page`)).status, 404);
    }
    assert.is((await ask('/workers', { login: false })).status, 401);
  }));

test('read-only refuses every operation and shows everything', () =>
  running({ ...login, readOnly: true }, async ({ ask }) => {
    for (const path of ['/api/task/async-apply/shop.add', '/api/worker/shutdown/default@shop-1'])
      assert.is((await ask(path, { method: 'POST', body: '{"args": [1, 2]}' })).status, 403, path);
    assert.is((await ask('/tasks')).status, 200);
  }));

test('read-only that the Flower in the image does not have ends it instead of allowing everything', async () => {
  const older = join(root, 'older');
  await mkdir(older);
  // What a Flower before 2.1 looks like to its configuration file: it knows no such option.
  const forget = 'from tornado.options import options\nimport flower.options\ndel options._options["read-only"]\n';
  await writeFile(join(older, 'shop.py'), `${forget}${APP}`);
  const failed = await running({ ...login, readOnly: true }, async () => {}, { cwd: older }).then(
    () => '',
    (error: Error) => error.message,
  );
  assert.match(failed, 'spec.flower.readOnly needs Flower 2.1 or later');
});

test('without read-only a task can be sent', () =>
  running(login, async ({ ask }) => {
    const answer = await ask('/api/task/async-apply/shop.add', { method: 'POST', body: '{"args": [1, 2]}' });
    assert.is(answer.status, 200, await answer.text());
  }));

test('every path of the Ingress is a page of Flower', () =>
  running({ ...login, ingress: { path: '/flower' } }, async ({ ask, ingress }) => {
    const paths = ingress?.spec?.rules?.[0]?.http?.paths?.map(({ path }) => path ?? '') ?? [];
    const example: Record<string, string> = {
      '/flower/worker': '/flower/worker/default@shop-1',
      '/flower/task': '/flower/task/none',
      '/flower/api': '/flower/api/workers',
      '/flower/static': '/flower/static/favicon.ico',
    };
    assert.is(paths.length, 10);
    await until('the worker to be known', async () => (await ask('/flower/worker/default@shop-1')).status === 200);
    for (const path of paths) {
      const answer = await ask(example[path] ?? path);
      if (path === '/flower/task') assert.match(await answer.text(), /Unknown task/);
      // There is one only with --auth (OAuth).
      else if (path === '/flower/login') assert.is(answer.status, 404);
      else assert.ok(answer.status < 404, `${path}: ${answer.status}`);
    }
  }));

test('an image’s own flowerconfig.py is read beside ours', async () => {
  const image = join(root, 'with-config');
  await mkdir(image);
  await writeFile(join(image, 'shop.py'), APP);
  await writeFile(join(image, 'flowerconfig.py'), 'read_only = True\n');
  await running(
    { ...login, urlPrefix: '/f' },
    async ({ ask }) => {
      assert.is((await ask('/f/api/task/async-apply/shop.add', { method: 'POST', body: '{}' })).status, 403);
      assert.is((await ask('/workers')).status, 200);
    },
    { cwd: image },
  );
});

test('with storage the state is on the volume at the end', async () => {
  let before: string[] = [];
  await running({ storage: { size: '1Gi' } }, async ({ process }) => {
    before = pods();
    process.child.kill('SIGTERM');
    await process.ended;
  });
  const newest = before.map((pod) => join(root, pod, 'data')).filter((data) => readdirSync(data).length > 0);
  assert.is(newest.length, 1);
});

const pods = (): string[] =>
  readdirSync(root).filter((name) => name.startsWith('pod-') && existsSync(join(root, name)));

test('a variable of a Service called "flower" would end it: why service links are off', async () => {
  const failed = await running({}, async () => {}, { env: { FLOWER_PORT: 'tcp://10.0.0.1:5555' } }).then(
    () => '',
    (error: Error) => error.message,
  );
  assert.match(failed, 'invalid literal for int()');
});

test.run();
