import type { PodDefaults } from '../application/pod-defaults.ts';
import type { ObjectSchema, Schema } from '../schemas/dialect.ts';
import { map, open, openList, pullSecrets, resources, text } from './values-parts.ts';

/** What every pod of every application gets where the application says nothing: read by the controller as PodDefaults. */
export const defaultsValues = {
  type: 'object',
  description:
    "For every pod of every application, weaker than anything an application says. A change replaces all workers, each pool by its strategy; the operator's own pods have values of their own.",
  properties: properties(),
} as const satisfies ObjectSchema;

/** A key for each of PodDefaults, and no other. */
function properties(): { readonly [Name in keyof Required<PodDefaults>]: Schema } {
  return {
    labels: map('Labels of the pods.'),
    annotations: map('Annotations of the pods.'),
    podSecurityContext: open('Security context of the pods.'),
    securityContext: open("Security context of Celery's container."),
    resources: resources(
      "Resources of Celery's container; they give way as a whole where an application states any. The CPU limit or request decides the default concurrency.",
      { requests: {}, limits: {} },
    ),
    imagePullSecrets: {
      ...pullSecrets,
      description: 'Secrets with registry credentials, in the namespaces of the applications: `[{name: …}]`.',
    },
    nodeSelector: map('Nodes the pods may run on.'),
    tolerations: openList('Tolerations of the pods.'),
    affinity: open('Affinity of the pods.'),
    priorityClassName: text('Priority class of the pods.', ''),
  };
}
