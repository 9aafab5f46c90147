import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the API server is and who we are. */
export interface ApiConfig {
  /** For example `https://10.96.0.1:443`; `http://` works too. */
  readonly server: string;
  /** PEM of the authorities to trust; a function is asked before each request, so that rotation is noticed. */
  readonly ca?: string | (() => string | undefined) | undefined;
  /** Asked before each request. */
  readonly token?: (() => string | undefined) | undefined;
  /** PEM of a client certificate. */
  readonly cert?: string | undefined;
  /** PEM of its private key. */
  readonly key?: string | undefined;
  /** The name to expect in the server's certificate, if not the host of `server`. */
  readonly tlsServerName?: string | undefined;
  /** Only as a kubeconfig asks for it. */
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** Namespace to use where a caller names none: our own in a cluster, the context's in a kubeconfig. */
  readonly namespace: string;
}

/** How often files that the kubelet replaces are read again, in milliseconds. */
const refreshMs = 60_000;

/**
 * A file's trimmed text, read again when older than a minute. A file that vanishes (the kubelet swaps symbolic links)
 * keeps its last text; only a first read throws.
 * @param now milliseconds, monotonic
 */
export function refreshedFile(path: string, now: () => number = () => performance.now()): () => string {
  let text: string | undefined;
  let readAt = 0;
  return () => {
    if (text !== undefined && now() - readAt < refreshMs) return text;
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch (error) {
      if (text === undefined) throw error;
    }
    readAt = now();
    return text;
  };
}

/**
 * The configuration of a pod: its projected ServiceAccount token, read again each minute, and KUBERNETES_SERVICE_HOST/PORT.
 * @throws Error outside a cluster
 */
export function inClusterConfig(
  directory = '/var/run/secrets/kubernetes.io/serviceaccount',
  env: NodeJS.ProcessEnv = process.env,
): ApiConfig {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) throw new Error('KUBERNETES_SERVICE_HOST and _PORT are not set: not running in a cluster');
  const token = refreshedFile(join(directory, 'token'));
  const ca = refreshedFile(join(directory, 'ca.crt'));
  token(); // a missing mount is reported now, not at the first request
  ca();
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca,
    token,
    namespace: readFileSync(join(directory, 'namespace'), 'utf8').trim(),
  };
}
