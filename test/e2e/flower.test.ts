import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication } from '../../application/celery-application.ts';
import type { Target } from '../../scripts/installation/target.ts';
import { run } from '../../scripts/local-cluster/index.ts';
import { withBrowser } from './browser.ts';
import {
  type CommandFailed,
  type Namespace,
  namespace,
  operator,
  PATIENCE,
  SHOP_IMAGE,
  shop,
  waitFor,
} from './cluster.ts';
import { type ServedIngress, serveIngress } from './ingress.ts';
import { background } from './processes.ts';

const NAMESPACE = 'e2e-flower';
const PREFIX = `/api/v1/namespaces/${NAMESPACE}/services/proxied-flower/proxy`;
const HOST = 'shop.example.com';

let target: Target;
let space: Namespace;

test.before(async () => {
  target = await operator();
  space = await namespace(target, NAMESPACE);
  // What the predecessor jmdacruz/celery-operator promised: two workers, and Flower under the path of the API server's service proxy.
  await space.apply(
    shop(
      SHOP_IMAGE,
      {
        workers: [{ name: 'default', replicas: 2, concurrency: 1 }],
        // The API of Flower answers without a login only when told so.
        flower: { urlPrefix: PREFIX, env: [{ name: 'FLOWER_UNAUTHENTICATED_API', value: 'true' }] },
      },
      'proxied',
    ),
  );
});

test.after(async () => {
  await space?.remove();
});

const nodes = async (application: string): Promise<string[]> =>
  (await space.workers(application)).map((pod) => `default@${pod.metadata.name}`).sort();

/** Reads the workers' names off the page, once it shows so many, and keeps a picture of it. */
async function shown(page: Page, count: number, picture: string): Promise<string[]> {
  const links = page.locator('#workers-table tbody .worker-name-link');
  await waitFor(`${count} workers on the page`, 60_000, async () =>
    (await links.count()) === count ? true : undefined,
  );
  await page.screenshot({ path: join(tmpdir(), picture) });
  console.log(`   screenshot: ${join(tmpdir(), picture)}`);
  return (await links.evaluateAll((all) => all.map((link) => link.getAttribute('title') ?? ''))).sort();
}

test('Flower shows every worker through the API server’s service proxy, under the prefix', async () => {
  const application = await space.ready('proxied');
  assert.equal(application.status?.flower, {
    ready: true,
    url: `http://proxied-flower.${NAMESPACE}.svc:5555${PREFIX}/`,
  });
  const expected = await nodes('proxied');
  assert.is(expected.length, 2);
  await waitFor('Flower to know both', PATIENCE, async () => {
    const answer = await target.kubectl(['get', '--raw', `${PREFIX}/api/workers?refresh=1`]).catch(() => '{}');
    return JSON.stringify(Object.keys(JSON.parse(answer)).sort()) === JSON.stringify(expected) ? true : undefined;
  });
});

test('a task that Flower’s API sends gives its result', async () => {
  const body = JSON.stringify({ args: [5, 6] });
  const path = `${PREFIX}/api/task/apply/shop.tasks.add`;
  const answer = JSON.parse(await target.kubectl(['create', '--raw', path, '-f', '-'], body)) as { result: unknown };
  assert.is(answer.result, 11);
});

test('a browser shows every worker through kubectl proxy', async () => {
  const proxy = background([...target.kubectlWords.split(' '), 'proxy', '--port=0']);
  try {
    const port = await proxy.line(/Starting to serve on 127\.0\.0\.1:(\d+)/);
    await withBrowser(async (browser) => {
      const page = await browser.newPage();
      const failed: string[] = [];
      page.on('response', (response) => {
        if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(`http://127.0.0.1:${port}${PREFIX}/`);
      assert.equal(await shown(page, 2, 'flower-service-proxy.png'), await nodes('proxied'));
      assert.equal(failed, []);
      await page.getByRole('link', { name: 'Tasks', exact: true }).first().click();
      await page.waitForURL(`**${PREFIX}/tasks`);
    });
  } finally {
    await proxy.stop();
  }
});

test('Flower open to the outside without a login is refused, with the way out', async () => {
  const open = shop(SHOP_IMAGE, { flower: { ingress: { host: HOST } } }, 'open');
  const refusal = await space.apply(open).then(
    () => '',
    (error: CommandFailed) => error.message,
  );
  assert.match(refusal, 'CEL907');
  assert.match(refusal, 'spec.flower.basicAuthSecretRef');
});

test('examples/flower.yaml: behind its Ingress the login is asked, and every worker is shown', async () => {
  const key = join(tmpdir(), `${NAMESPACE}.key`);
  const certificate = join(tmpdir(), `${NAMESPACE}.crt`);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`, '-keyout', key, '-out', certificate],
  ]);
  await space.kubectl(['create', 'secret', 'tls', 'shop-tls', `--key=${key}`, `--cert=${certificate}`]);
  const manifest = await readFile(join(import.meta.dirname, '../../examples/flower.yaml'), 'utf8');
  await space.kubectl(['apply', '-f', '-'], manifest.replaceAll('celery-operator/shop:1.0', SHOP_IMAGE));
  const application = await space.ready('shop');
  assert.is(application.status?.flower?.url, `https://${HOST}/flower/`);
  const served = await serveIngress(target, space, 'shop-flower');
  try {
    await behindIngress(served);
  } finally {
    await served.close();
  }
});

async function behindIngress({ port }: ServedIngress): Promise<void> {
  const at = `https://${HOST}:${port}`;
  const options = { hosts: [HOST], ignoreHTTPSErrors: true };
  await withBrowser(async (browser) => {
    // Chromium asks a person for the login; without one the answer stays what it is.
    assert.is((await browser.request.get(`https://127.0.0.1:${port}/flower/`, named)).status(), 401);
    assert.is((await browser.request.get(`https://127.0.0.1:${port}/flower/metrics`, named)).status(), 404);
    assert.is((await browser.request.get(`https://127.0.0.1:${port}/flower/healthcheck`, named)).status(), 404);
  }, options);
  await withBrowser(
    async (browser) => {
      const page = await browser.newPage();
      assert.is((await page.goto(`${at}/flower/`))?.status(), 200);
      assert.equal(await shown(page, 2, 'flower-ingress.png'), await nodes('shop'));
      // readOnly: looking only.
      const stop = await page.evaluate(
        async (node) => (await fetch(`/flower/api/worker/shutdown/${node}`, { method: 'POST' })).status,
        (await nodes('shop'))[0] ?? '',
      );
      assert.is(stop, 403);
    },
    { ...options, httpCredentials: { username: 'admin', password: 'change-me' } },
  );
}

const named = { headers: { host: HOST } };

test('a cluster without the Gateway API says so for an HTTPRoute, and the rest works', async () => {
  const route = { httpRoute: { parentRefs: [{ name: 'gateway' }], hostnames: [HOST] }, allowUnauthenticated: true };
  await space.apply(shop(SHOP_IMAGE, { flower: route }, 'routed'));
  await waitFor('the condition to name it', PATIENCE, async () => {
    const found = await space.get<CeleryApplication>('celeryapp', 'routed');
    const ready = found?.status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.message.includes('HTTPRoute (gateway.networking.k8s.io/v1)') ? true : undefined;
  });
  await space.kubectl(['rollout', 'status', 'deployment/routed-flower', '--timeout=180s']);
});

test('without spec.flower everything of it goes', async () => {
  await space.apply(shop(SHOP_IMAGE, { workers: [{ name: 'default', replicas: 2, concurrency: 1 }] }, 'proxied'));
  await waitFor('Flower to go', PATIENCE, async () => {
    const left = await space.kubectl(['get', 'deployments,services,ingresses', '-o', 'name']);
    return left.includes('proxied-flower') ? undefined : true;
  });
  const application = await space.ready('proxied');
  assert.is(application.status?.flower, undefined);
});

test.run();
