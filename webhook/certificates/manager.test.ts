import { X509Certificate } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog } from '../log.ts';
import { bundleOf, readBundle } from './bundle.ts';
import type { WebhookConfiguration } from './configuration.ts';
import { type Issued, isSignedBy, issueAuthority, issueLeaf } from './issue.ts';
import { LIFETIMES } from './lifetimes.ts';
import { type Cluster, certificateManager, serviceNames } from './manager.ts';
import { type AuthoritySecret, readSecret } from './secret.ts';
import type { CertificateSource } from './source.ts';

const DAY = 24 * 3600 * 1000;
const log = createLog('fatal');

interface Fake extends Cluster {
  secret: AuthoritySecret | undefined;
  configurations: WebhookConfiguration[];
  down: boolean;
  readonly bundles: () => string[][];
}

/** A cluster with optimistic locks, as far as the manager needs one. */
function fakeCluster(): Fake {
  let version = 1;
  const stored = (secret: AuthoritySecret): AuthoritySecret => ({
    ...secret,
    metadata: { ...secret.metadata, resourceVersion: String(version++) },
  });
  const reachable = (): void => {
    if (fake.down) throw new Error('connection refused');
  };
  const fake: Fake = {
    secret: undefined,
    configurations: ['validating', 'mutating'].map((name) => ({
      metadata: { name, resourceVersion: '1' },
      webhooks: [{ name: 'one', clientConfig: {} }],
    })),
    down: false,
    bundles: () => fake.configurations.map(({ webhooks }) => readBundle(webhooks?.[0]?.clientConfig.caBundle)),
    async getSecret() {
      reachable();
      return fake.secret;
    },
    async createSecret(secret) {
      if (fake.secret !== undefined) return false;
      fake.secret = stored(secret);
      return true;
    },
    async updateSecret(secret) {
      if (fake.secret?.metadata.resourceVersion !== secret.metadata.resourceVersion) return false;
      fake.secret = stored(secret);
      return true;
    },
    async getConfigurations() {
      reachable();
      return fake.configurations;
    },
    async patchConfiguration(at, [lock, change]) {
      const present = fake.configurations[at];
      if (present === undefined || lock?.value !== present.metadata.resourceVersion) return false;
      fake.configurations[at] = {
        metadata: { ...present.metadata, resourceVersion: String(version++) },
        webhooks: [{ name: 'one', clientConfig: { caBundle: String(change?.value) } }],
      };
      return true;
    },
  };
  return fake;
}

interface Replica {
  readonly leaves: Issued[];
  readonly source: CertificateSource;
  /** One more round. */
  round(): Promise<void>;
}

function replica(cluster: Cluster, now: () => number): Replica {
  const leaves: Issued[] = [];
  const source = certificateManager({
    cluster,
    sink: { serve: (leaf) => leaves.push(leaf), expires: () => {} },
    log,
    namespace: 'ops',
    secretName: 'ca',
    names: serviceNames('webhook', 'ops'),
    now,
  });
  return {
    leaves,
    source,
    async round() {
      const once = new AbortController();
      const running = source.run(once.signal);
      once.abort(); // a round under way ends, another does not begin
      await running;
    },
  };
}

test('a replica makes an authority, publishes it, serves a leaf that chains to it, and is ready', async () => {
  const cluster = fakeCluster();
  const one = replica(cluster, Date.now);
  assert.ok(one.source.problems().length > 0);
  await one.round();
  assert.equal(one.source.problems(), []);
  const leaf = new X509Certificate(one.leaves[0]?.cert ?? '');
  assert.is(leaf.checkHost('webhook.ops.svc'), 'webhook.ops.svc');
  assert.is(leaf.checkHost('webhook.ops.svc.cluster.local'), 'webhook.ops.svc.cluster.local');
  assert.ok(leaf.validFromDate.getTime() <= Date.now() - 5 * 60_000);
  for (const bundle of cluster.bundles()) assert.ok(isSignedBy(leaf.toString(), bundle[0] ?? ''));
});

test('replicas that start together share one authority and are all ready', async () => {
  const cluster = fakeCluster();
  const replicas = Array.from({ length: 5 }, () => replica(cluster, Date.now));
  await Promise.all(replicas.map((each) => each.round()));
  for (const each of replicas) assert.equal(each.source.problems(), []);
  assert.is(cluster.bundles()[0]?.length, 1);
});

test('over three years every leaf is trusted at every moment, and old authorities go', async () => {
  const cluster = fakeCluster();
  const start = Date.now();
  let now = start;
  const one = replica(cluster, () => now);
  const two = replica(cluster, () => now);
  let most = 0;
  for (; now < start + 3 * 365 * DAY; now += DAY) {
    for (const each of [one, two]) {
      await each.round();
      assert.equal(each.source.problems(), []);
      const leaf = each.leaves.at(-1)?.cert ?? '';
      assert.ok(new X509Certificate(leaf).validToDate.getTime() > now);
      for (const bundle of cluster.bundles()) assert.ok(bundle.some((authority) => isSignedBy(leaf, authority)));
    }
    most = Math.max(most, cluster.bundles()[0]?.length ?? 0);
  }
  assert.is(most, 2);
  assert.ok(one.leaves.length > 150);
});

test('a new authority is published before a leaf uses it', async () => {
  const cluster = fakeCluster();
  let now = Date.now();
  const one = replica(cluster, () => now);
  await one.round();
  const old = cluster.bundles()[0]?.[0] ?? '';
  now += 244 * DAY;
  await one.round();
  assert.is(cluster.bundles()[0]?.length, 2);
  assert.ok(isSignedBy(one.leaves.at(-1)?.cert ?? '', old));
  now += 60_000;
  await one.round();
  assert.not(isSignedBy(one.leaves.at(-1)?.cert ?? '', old));
  assert.equal(one.source.problems(), []);
});

test('while the API server is away a replica serves on and renews its leaf', async () => {
  const cluster = fakeCluster();
  let now = Date.now();
  const one = replica(cluster, () => now);
  await one.round();
  cluster.down = true;
  now += 6 * DAY;
  await one.round();
  assert.is(one.leaves.length, 2);
  assert.equal(one.source.problems(), []);
});

test('a deleted Secret leads to a new authority beside the old one', async () => {
  const cluster = fakeCluster();
  let now = Date.now();
  const one = replica(cluster, () => now);
  await one.round();
  cluster.secret = undefined;
  await one.round();
  assert.is(cluster.bundles()[0]?.length, 2);
  assert.is(one.leaves.length, 1);
  now += 60_000;
  await one.round();
  assert.is(one.leaves.length, 2);
});

test('a foreign caBundle is replaced, the replica is ready again', async () => {
  const cluster = fakeCluster();
  const one = replica(cluster, Date.now);
  await one.round();
  const good = cluster.configurations[0]?.webhooks?.[0]?.clientConfig.caBundle;
  cluster.configurations[0] = {
    metadata: { name: 'validating', resourceVersion: 'x' },
    webhooks: [{ name: 'one', clientConfig: { caBundle: 'Z2FyYmFnZQ==' } }],
  };
  await one.round();
  assert.is(cluster.configurations[0]?.webhooks?.[0]?.clientConfig.caBundle, good);
  assert.equal(one.source.problems(), []);
});

test('a Secret without our label is neither read nor written', async () => {
  const cluster = fakeCluster();
  cluster.secret = { metadata: { name: 'ca', namespace: 'ops', resourceVersion: '7' }, data: {} };
  const one = replica(cluster, Date.now);
  await one.round();
  assert.match(one.source.problems()[0] ?? '', /does not carry the label/);
  assert.is(cluster.secret.metadata.resourceVersion, '7');
});

test('a Secret of ours with garbage in it is filled anew', async () => {
  const cluster = fakeCluster();
  const labels = { 'app.kubernetes.io/managed-by': 'celery-operator' };
  cluster.secret = {
    metadata: { name: 'ca', namespace: 'ops', resourceVersion: '7', labels },
    data: { 'tls.crt': 'eA==' },
  };
  const one = replica(cluster, Date.now);
  await one.round();
  assert.equal(one.source.problems(), []);
  assert.is(readSecret(cluster.secret).length, 1);
});

test('a bundle holds each valid authority of ours once, the youngest first, and nobody else', async () => {
  const now = Date.now();
  const [old, young] = [await issueAuthority(now - DAY, LIFETIMES), await issueAuthority(now, LIFETIMES)];
  const expired = await issueAuthority(now - 400 * DAY, LIFETIMES);
  const leaf = await issueLeaf(old, ['x'], now, LIFETIMES);
  const published = Buffer.from([old.cert, expired.cert, leaf.cert, 'noise'].join('\n')).toString('base64');
  const found = readBundle(bundleOf([young.cert], [published, published, undefined], now));
  assert.equal(found, [young.cert.trim(), old.cert.trim()]);
});

test.run();
