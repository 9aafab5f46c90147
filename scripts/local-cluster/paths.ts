import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The directory of this tool inside the checkout. */
export const toolDir: string = import.meta.dirname;

/** The checkout's top directory. */
export const repoDir: string = dirname(dirname(toolDir));

/**
 * Where binaries, images and build caches live between runs, outside the checkout so that a fresh clone starts in seconds.
 * Override with `CELERY_OPERATOR_CACHE`.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.CELERY_OPERATOR_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'celery-operator');
}

/** Where the running cluster keeps its certificates, logs, sockets and state file. Override with `CELERY_OPERATOR_RUN`. */
export function runDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.CELERY_OPERATOR_RUN || '/run/celery-operator-cluster';
}

/** What a running cluster writes in bulk (container layers, etcd, pod volumes): on disk, because /run is often memory. */
export function dataDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheDir(env), 'cluster');
}

/** Path of the administrator's kubeconfig of the running cluster; the file exists only while a cluster is up. */
export function kubeconfigPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(runDir(env), 'kubeconfig');
}
