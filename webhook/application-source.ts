import { watchCache } from '../kubernetes/cache.ts';
import type { ApiObject, KubernetesClient, Resource } from '../kubernetes/client.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../schemas/celery-application.ts';
import type { ApplicationSource, ApplicationSummary } from './applications.ts';
import type { Log } from './log.ts';

const APPLICATIONS: Resource = { group: GROUP, version: VERSION, plural: PLURAL, kind: KIND, namespaced: true };

/** Milliseconds for one read while a pod waits; the wait repeats it. */
const READ_LIMIT = { timeoutMs: 3000 };

interface Stored extends ApiObject {
  readonly status?: { readonly clientConfig?: unknown };
}

/** Applications of a cluster: a watch that keeps little, and direct reads. */
export interface WatchedApplications extends ApplicationSource {
  /** Resolves when the signal has aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Follows the applications of a cluster. Needs get, list and watch on celeryapplications.
 * @param changed told of each change
 */
export function watchApplications(
  client: KubernetesClient,
  changed: (namespace: string, name: string) => void,
  log: Log,
): WatchedApplications {
  const cache = watchCache<Stored>(client, APPLICATIONS, {
    onChange(key) {
      const [namespace = '', name = ''] = key.split('/');
      changed(namespace, name);
    },
    transform: slim,
    log: (message, { resource, failures }) => log.warn({ resource, failures }, message),
  });
  return {
    run: (signal) => cache.start(signal),
    cached(namespace, name) {
      const found = cache.get(namespace, name);
      return found && summary(found);
    },
    async get(namespace, name) {
      const found = await client.get<Stored>(APPLICATIONS, name, namespace, READ_LIMIT);
      return found && summary(found);
    },
  };
}

function slim({ metadata, status }: Stored): Stored {
  const { name, namespace, uid, resourceVersion } = metadata ?? {};
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    ...(typeof status?.clientConfig === 'string' ? { status: { clientConfig: status.clientConfig } } : {}),
  };
}

function summary({ status }: Stored): ApplicationSummary {
  const name = status?.clientConfig;
  return { clientConfig: typeof name === 'string' && name !== '' ? name : undefined };
}
