import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RELEASE } from '../../scripts/installation/release.ts';
import type { Target } from '../../scripts/installation/target.ts';
import { binary, kubeconfigPath, run } from '../../scripts/local-cluster/index.ts';
import { cluster, OPERATOR_NAMESPACE, PATIENCE, waitFor } from './cluster.ts';

const root = join(import.meta.dirname, '../..');
let target: Target;
let directory: string;
let env: NodeJS.ProcessEnv;

/** The commands of the shell blocks under a heading of a Markdown file, in order. */
function commands(file: string, heading: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((match) => (match[1] ?? '').trim().split('\n'));
}

test.before(async () => {
  target = await cluster();
  await target.helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait']);
  directory = await mkdtemp(join(tmpdir(), 'readme-'));
  await mkdir(join(directory, 'bin'));
  await symlink(binary('kubectl'), join(directory, 'bin/kubectl'));
  await symlink(binary('helm4'), join(directory, 'bin/helm'));
  env = { ...process.env, PATH: `${join(directory, 'bin')}:${process.env.PATH}`, KUBECONFIG: kubeconfigPath() };
});

test.after(async () => {
  await rm(directory, { recursive: true });
});

test('the quick start of the README does what it says, word for word', async () => {
  // The images are built and loaded already; there is no Docker here.
  const all = commands('README.md', 'Quick start').filter((command) => !command.startsWith('docker '));
  assert.ok(all.length >= 7, `${all.length} commands`);
  const removal = all.findIndex((command) => command.startsWith('kubectl delete'));
  for (const command of all.slice(0, removal)) {
    console.log(`   $ ${command}`);
    await run('sh', ['-ec', command], { cwd: root, env, timeoutMs: PATIENCE });
  }
  const listed = await target.kubectl(['get', 'celeryapp', 'shop']);
  assert.match(listed, /shop\s+True\s+3\/3\s+WorkersReady/);
  await waitFor('the producer’s sums', PATIENCE, async () =>
    (await target.kubectl(['logs', 'deployment/shop-producer']).catch(() => '')).includes(
      'right 100, wrong 0, missing 0',
    ),
  );
  for (const command of all.slice(removal)) {
    console.log(`   $ ${command}`);
    await run('sh', ['-ec', command], { cwd: root, env, timeoutMs: PATIENCE });
  }
  assert.not.match(await target.kubectl(['get', 'validatingwebhookconfigurations', '-o', 'name']), 'celery');
});

test('the demo tells its story to the end', async () => {
  const told = await run(join(root, 'scripts/demo'), ['--adds', '500'], { cwd: root, timeoutMs: 2 * PATIENCE });
  assert.match(told, 'right 500, wrong 0, missing 0');
  assert.match(told, 'is invalid');
  assert.match(told, 'write task_acks_late');
  assert.match(told, 'The cluster is yours to play with');
  await target.kubectl(['delete', 'namespace', 'shop', '--wait', '--timeout=300s']);
  await target.helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait']);
});

test('the smallest example works with the Redis that its guide starts', async () => {
  await target.helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait']);
  const install = commands('README.md', 'Quick start').find((command) => command.startsWith('helm install')) ?? '';
  await run('sh', ['-ec', install], { cwd: root, env, timeoutMs: PATIENCE });
  try {
    for (const command of commands('examples/README.md', 'The smallest')) {
      await run('sh', ['-ec', command], { cwd: root, env, timeoutMs: PATIENCE });
    }
    await target.kubectl(['wait', '--for=condition=Ready', 'celeryapp/plain', '--timeout=180s']);
  } finally {
    await target.kubectl(['delete', 'celeryapp/plain', 'deployment/redis', 'service/redis', '--ignore-not-found']);
    await target.helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait']);
  }
});

test.run();
