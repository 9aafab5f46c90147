import { createClient } from '../kubernetes/client.ts';
import { inClusterConfig } from '../kubernetes/config.ts';
import {
  CONFIG_MAPS,
  LEASES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  type Resource,
  SECRETS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../kubernetes/resources.ts';

/**
 * The chart's pre-delete hook: removes the webhook configurations before the webhook goes, and what the operator made at run time.
 * Helm 3 deletes webhook configurations last, so that for a while every pod with our label would be refused by a webhook that is gone.
 * @param env NAMESPACE, VALIDATING_CONFIGURATION, MUTATING_CONFIGURATION, CA_SECRET, LEASE_NAME, BROKER_REGISTRY
 */
export async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const client = createClient(inClusterConfig());
  const namespace = env.NAMESPACE;
  const targets: readonly [Resource, string | undefined, string | undefined][] = [
    [MUTATING_WEBHOOK_CONFIGURATIONS, env.MUTATING_CONFIGURATION, undefined],
    [VALIDATING_WEBHOOK_CONFIGURATIONS, env.VALIDATING_CONFIGURATION, undefined],
    [SECRETS, env.CA_SECRET, namespace],
    [LEASES, env.LEASE_NAME, namespace],
    // The databases go with the bundled broker.
    [CONFIG_MAPS, env.BROKER_REGISTRY, namespace],
  ];
  for (const [resource, name, within] of targets) {
    if (name === undefined || name === '') continue;
    const removed = await client.delete(resource, name, { namespace: within });
    console.log(removed ? `removed ${resource.kind} ${name}` : `${resource.kind} ${name} is not there`);
  }
  client.close();
}
