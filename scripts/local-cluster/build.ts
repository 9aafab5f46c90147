import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { controlPlaneProvided, groupDir, isBuilt } from './binaries.ts';
import { CommandFailed, run } from './exec.ts';
import { findGo } from './go.ts';
import { type Group, groupVersion, linkerFlags, moduleDir, selectGroups } from './groups.ts';
import { withLock } from './lock.ts';
import { cacheDir } from './paths.ts';

export interface BuildOptions {
  /** Keep Go's own caches (gigabytes) even when no usual group is left to build. */
  readonly keepBuildCache?: boolean;
  /** The caller needs etcd, kube-apiserver and kubectl only, so `KUBEBUILDER_ASSETS` may stand in for those groups. */
  readonly controlPlaneOnly?: boolean;
  readonly say?: (line: string) => void;
}

const buildCache = (): string => join(cacheDir(), 'build');

/** The environment in which Go is run: its caches belong to this tool. */
export function goEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GOCACHE: join(buildCache(), 'go-build'),
    GOMODCACHE: join(buildCache(), 'go-mod'),
    CGO_ENABLED: '0',
    GOFLAGS: '-modcacherw', // or the module cache could not be removed
    GOWORK: 'off',
  };
}

async function buildGroup(go: string, group: Group): Promise<void> {
  const bin = join(cacheDir(), 'bin');
  mkdirSync(bin, { recursive: true });
  const temporary = mkdtempSync(join(bin, `.${group.name}-`));
  try {
    for (const [name, pkg] of Object.entries(group.binaries)) {
      await run(go, ['build', '-trimpath', '-ldflags', linkerFlags(group), '-o', join(temporary, name), pkg], {
        cwd: moduleDir(group),
        env: goEnvironment(),
      });
    }
    renameSync(temporary, groupDir(group));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (error instanceof CommandFailed) throw new CommandFailed(`building ${group.name}`, error.status, error.output);
    throw error;
  }
}

/** Removes temporary directories of builds that were killed. */
function removeLeftovers(group: Group): void {
  const bin = join(cacheDir(), 'bin');
  mkdirSync(bin, { recursive: true });
  for (const entry of readdirSync(bin)) {
    if (entry.startsWith(`.${group.name}-`)) rmSync(join(bin, entry), { recursive: true, force: true });
  }
}

/**
 * Builds what is missing of `wanted`, in order, with a progress line for each. Safe to call from several processes at once:
 * one builds, the others wait and find the work done.
 * @throws CommandFailed with the end of Go's output
 */
export async function buildGroups(wanted: readonly Group[], options: BuildOptions = {}): Promise<void> {
  const say = options.say ?? ((line: string): void => console.error(line));
  const skip = options.controlPlaneOnly === true && controlPlaneProvided();
  const isMissing = (group: Group): boolean =>
    !isBuilt(group) && !(skip && (group.name === 'kubernetes' || group.name === 'etcd'));
  if (!wanted.some(isMissing)) return;
  await withLock(
    join(cacheDir(), 'build.lock'),
    async () => {
      const missing = wanted.filter(isMissing);
      if (missing.length === 0) return;
      const go = await findGo(say);
      for (const [index, group] of missing.entries()) {
        const started = Date.now();
        say(`[${index + 1}/${missing.length}] building ${group.name} ${groupVersion(group).slice(1)} …`);
        removeLeftovers(group);
        await buildGroup(go, group);
        say(
          `[${index + 1}/${missing.length}] built ${group.name} ${groupVersion(group).slice(1)}: ${Math.round((Date.now() - started) / 1000)} s`,
        );
      }
      // groups share modules, so the caches are worth their gigabytes until the last usual group is built
      if (!options.keepBuildCache && selectGroups().every(isBuilt)) await run('rm', ['-rf', buildCache()]);
    },
    say,
  );
}
