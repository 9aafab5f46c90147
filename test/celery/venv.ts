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
 * @param further packages beside Celery, Redis' client and PyYAML
 * @returns the environment's directory; its programs are in bin/
 */
export async function celeryVenv(version: string, ...further: readonly string[]): Promise<string> {
  const directory = join(cache, 'venvs', ['celery', version, ...further].join('-'));
  const complete = join(directory, '.complete');
  if (existsSync(complete)) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(cache, 'venvs'), { recursive: true });
  await run('python3', ['-m', 'venv', directory]);
  await run(join(directory, 'bin', 'pip'), [
    'install',
    '--quiet',
    `celery[redis]==${version}`,
    kombuOf(version),
    'pyyaml',
    ...further,
  ]);
  await writeFile(complete, '');
  return directory;
}

/**
 * kombu of the same line. Celery 5.4 alone takes the newest kombu (5.7) with a redis-py that this kombu refuses
 * ("requires redis-py versions 6.1.0 or later", with packaging undeclared): it could not talk to Redis.
 */
function kombuOf(version: string): string {
  const minor = Number(version.split('.')[1]);
  return `kombu[redis]<5.${minor + 1}`;
}
