import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inClusterConfig, refreshedFile } from './config.ts';
import { kubeconfigConfig } from './kubeconfig.ts';

const test = suite<{ dir: string }>('configuration');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'config-'));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const cluster = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

function serviceAccount(dir: string): void {
  writeFileSync(join(dir, 'token'), 'first\n');
  writeFileSync(join(dir, 'ca.crt'), 'PEM\n');
  writeFileSync(join(dir, 'namespace'), 'celery-system');
}

test('a pod’s files make a configuration', ({ dir }) => {
  serviceAccount(dir);
  const { server, token, ca, namespace } = inClusterConfig(dir, cluster);
  assert.equal([server, token?.(), namespace], ['https://10.96.0.1:443', 'first', 'celery-system']);
  assert.is(typeof ca === 'function' && ca(), 'PEM');
});

test('an IPv6 service is bracketed', ({ dir }) => {
  serviceAccount(dir);
  const { server } = inClusterConfig(dir, { ...cluster, KUBERNETES_SERVICE_HOST: 'fd00::1' });
  assert.is(new URL(server).port, '');
  assert.is(server, 'https://[fd00::1]:443');
});

test('outside a cluster it says so', ({ dir }) => {
  assert.throws(() => inClusterConfig(dir, {}), 'not running in a cluster');
  assert.throws(() => inClusterConfig(dir, cluster), 'ENOENT');
});

test('a rotated file is noticed within a minute and survives being absent for a moment', ({ dir }) => {
  let now = 0;
  const path = join(dir, 'token');
  writeFileSync(path, 'first');
  const token = refreshedFile(path, () => now);
  assert.is(token(), 'first');
  writeFileSync(path, 'second');
  now = 59_000;
  assert.is(token(), 'first');
  now = 60_000;
  assert.is(token(), 'second');
  rmSync(path);
  now = 120_000;
  assert.is(token(), 'second');
  writeFileSync(path, 'third');
  now = 180_000;
  assert.is(token(), 'third');
});

const kubeconfig = (user: string, cluster = 'server: https://localhost:6443/'): string => `
current-context: there
contexts:
  - {name: here, context: {cluster: c, user: u}}
  - {name: there, context: {cluster: c, user: u, namespace: shop}}
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
`;

test('a kubeconfig’s context makes a configuration', ({ dir }) => {
  const path = join(dir, 'kubeconfig');
  writeFileSync(join(dir, 'key.pem'), 'KEY');
  const pem = Buffer.from('CERT').toString('base64');
  writeFileSync(path, kubeconfig(`client-certificate-data: ${pem}, client-key: key.pem, token: t`));
  const config = kubeconfigConfig(path);
  assert.equal([config.server, config.namespace], ['https://localhost:6443', 'shop']);
  assert.equal([config.cert, config.key, config.token?.()], ['CERT', 'KEY', 't']);
  assert.is(kubeconfigConfig(path, 'here').namespace, 'default');
  assert.throws(() => kubeconfigConfig(path, 'nowhere'), 'there is no context "nowhere"');
});

for (const [what, user, clusterText] of [
  ['exec', 'exec: {command: aws}', undefined],
  ['password', 'password: x', undefined],
  ['proxy-url', 'token: x', 'server: https://a, proxy-url: http://b'],
] as const) {
  test(`${what} is refused rather than ignored`, ({ dir }) => {
    const path = join(dir, 'kubeconfig');
    writeFileSync(path, kubeconfig(user, clusterText));
    assert.throws(() => kubeconfigConfig(path), `${what} is not supported`);
  });
}

test('an empty kubeconfig is an error, not a crash', ({ dir }) => {
  const path = join(dir, 'kubeconfig');
  writeFileSync(path, '');
  assert.throws(() => kubeconfigConfig(path), 'there is no context');
});

test.run();
