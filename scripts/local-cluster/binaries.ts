import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './exec.ts';
import { type Group, groupKey, groupOf } from './groups.ts';
import { cacheDir } from './paths.ts';

/** Names that KUBEBUILDER_ASSETS provides, as elsewhere in the Kubernetes ecosystem. */
const controlPlaneBinaries: readonly string[] = ['etcd', 'kube-apiserver', 'kubectl'];

/** The directory of a group's finished binaries in the cache. */
export function groupDir(group: Group): string {
  return join(cacheDir(), 'bin', groupKey(group));
}

/** Whether a group's binaries are in the cache. They arrive by one rename, so the directory is either complete or absent. */
export function isBuilt(group: Group): boolean {
  return existsSync(groupDir(group));
}

/** The path of a control plane binary in `KUBEBUILDER_ASSETS`, or undefined when that is unset or has no such file. */
export function providedBinary(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const assets = env.KUBEBUILDER_ASSETS;
  if (!assets || !controlPlaneBinaries.includes(name)) return undefined;
  const path = join(assets, name);
  return existsSync(path) ? path : undefined;
}

/** Whether `KUBEBUILDER_ASSETS` has all that a control plane for tests needs. */
export function controlPlaneProvided(env: NodeJS.ProcessEnv = process.env): boolean {
  return controlPlaneBinaries.every((name) => providedBinary(name, env) !== undefined);
}

/**
 * The path of a program this tool builds: `kubectl`, `etcd`, `kube-apiserver`, `helm3`, `helm4`, `helm-unittest`, …
 * @throws UserError with the command to run when it is not built yet; Error for an unknown name
 */
export function binary(name: string): string {
  const provided = providedBinary(name);
  if (provided) return provided;
  const group = groupOf(name);
  const path = join(groupDir(group), name);
  if (!existsSync(path))
    throw new UserError(`${name} is not built yet: run ./scripts/cluster build --only ${group.name}`);
  return path;
}
