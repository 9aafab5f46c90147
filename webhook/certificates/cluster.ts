import { watchCache } from '../../kubernetes/cache.ts';
import {
  type ApiObject,
  isAlreadyExists,
  isConflict,
  isInvalid,
  type KubernetesClient,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  type Resource,
  SECRETS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../../kubernetes/client.ts';
import type { WebhookConfiguration } from './configuration.ts';
import type { Cluster } from './manager.ts';
import type { AuthoritySecret } from './secret.ts';

/** Which objects the certificates live in. */
export interface Places {
  readonly namespace: string;
  readonly secret: string;
  readonly validatingConfiguration: string;
  readonly mutatingConfiguration: string;
}

const FIELD_MANAGER = 'celery-operator-webhook';
/** Milliseconds for one call: the next round repeats it. */
const LIMITS = { timeoutMs: 10_000 };

/** The manager's view of a real cluster. Needs get, create, update on the named Secret; get, patch on the two named configurations. */
export function clusterOf(client: KubernetesClient, places: Places): Cluster {
  const options = { ...LIMITS, namespace: places.namespace, fieldManager: FIELD_MANAGER };
  const configurations = configurationsOf(places);
  return {
    async getSecret() {
      return (await client.get(SECRETS, places.secret, places.namespace, LIMITS)) as AuthoritySecret | undefined;
    },
    createSecret: (secret) => unless(isAlreadyExists, client.create(SECRETS, secret as ApiObject, options)),
    // A Secret deleted between read and write is "not found": the next look makes a new one.
    updateSecret: (secret) =>
      unless((error) => isConflict(error), client.update(SECRETS, secret as ApiObject, options)),
    getConfigurations: () =>
      Promise.all(
        configurations.map(async ({ resource, name }) => {
          const found = await client.get(resource, name, undefined, LIMITS);
          if (found === undefined) throw new Error(`there is no ${resource.kind} "${name}"`);
          return found as unknown as WebhookConfiguration;
        }),
      ),
    patchConfiguration(at, operations) {
      const configuration = configurations[at];
      if (configuration === undefined) throw new Error(`there is no configuration ${at}`);
      const patch = client.patch(configuration.resource, configuration.name, operations, {
        ...LIMITS,
        type: 'json',
        fieldManager: FIELD_MANAGER,
      });
      // A failed "test" of a JSON patch is answered as Invalid.
      return unless((error) => isConflict(error) || isInvalid(error), patch);
    },
  };
}

function configurationsOf(places: Places): { readonly resource: Resource; readonly name: string }[] {
  return [
    { resource: VALIDATING_WEBHOOK_CONFIGURATIONS, name: places.validatingConfiguration },
    { resource: MUTATING_WEBHOOK_CONFIGURATIONS, name: places.mutatingConfiguration },
  ];
}

/** Whether a write went through; false for the expected kind of failure, throws for others. */
async function unless(isExpected: (error: unknown) => boolean, write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isExpected(error)) return false;
    throw error;
  }
}

/**
 * Watches both configurations and calls back on every change, so that drift heals at once. Only a hint: the manager looks each minute anyway.
 * Needs list and watch on the named configurations.
 */
export async function watchConfigurations(
  client: KubernetesClient,
  places: Places,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const caches = configurationsOf(places).map(({ resource, name }) =>
    watchCache<ApiObject>(client, resource, {
      fieldSelector: `metadata.name=${name}`,
      onChange: changed,
      // Their content is read afresh by the manager.
      transform: ({ metadata }) => ({ metadata }),
    }),
  );
  await Promise.all(caches.map((cache) => cache.start(signal)));
}
