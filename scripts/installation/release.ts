import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from './target.ts';

const root = join(import.meta.dirname, '../..');

export const RELEASE = 'celery-operator';
export const NAMESPACE = 'celery-operator';

/**
 * Packages the chart, as it would be published, and hands its path to a function.
 * @param use what to do with the package; it is removed afterwards
 */
export async function withPackagedChart<Result>(
  target: Target,
  use: (chart: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'celery-operator-chart-'));
  try {
    await target.helm(['package', join(root, 'chart'), '--destination', directory]);
    const [file = ''] = await readdir(directory);
    return await use(join(directory, file));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Installs or upgrades the packaged chart and waits until the operator is ready.
 * @param settings further words for Helm: --set name=value
 */
export async function installOperator(target: Target, settings: readonly string[] = []): Promise<void> {
  await withPackagedChart(target, (chart) =>
    target.helm([
      'upgrade',
      '--install',
      RELEASE,
      chart,
      '--namespace',
      NAMESPACE,
      '--create-namespace',
      '--wait',
      '--timeout',
      '5m',
      ...settings,
    ]),
  );
}

/** Uninstalls the operator, waiting until it is gone. Applications and their workers stay. */
export async function uninstallOperator(target: Target): Promise<void> {
  await target.helm(['uninstall', RELEASE, '--namespace', NAMESPACE, '--wait', '--timeout', '5m']);
}
