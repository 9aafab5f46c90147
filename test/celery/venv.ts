import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where real software for tests is kept between runs. */
const cache = process.env.CELERY_OPERATOR_CACHE ?? join(homedir(), '.cache', 'celery-operator');

/**
 * A virtual environment with one version of Celery, its Redis client and PyYAML. Made on first use and kept.
 * @param version exact version on PyPI, for example "5.7.0"
 * @returns the environment's directory; its programs are in bin/
 */
export async function celeryVenv(version: string): Promise<string> {
  const directory = join(cache, 'venvs', `celery-${version}`);
  const complete = join(directory, '.complete');
  if (existsSync(complete)) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(cache, 'venvs'), { recursive: true });
  await run('python3', ['-m', 'venv', directory]);
  // kombu 5.7 imports packaging for Redis; Celery 5.4 does not bring it along.
  await run(join(directory, 'bin', 'pip'), ['install', '--quiet', `celery[redis]==${version}`, 'pyyaml', 'packaging']);
  await writeFile(complete, '');
  return directory;
}
