import type { Container } from 'kubernetes-types/core/v1.js';
import { defaultsTemplate, type PodDefaults } from './pod-defaults.ts';
import type { PodTemplate } from './pod-template.ts';

/**
 * The templates of one component, to be merged in this order: the installation's defaults, then what the application says.
 * @param stated spec.podTemplate and the component's own
 * @param resources the component's typed field
 */
export function podTemplatesOf(
  stated: readonly (object | undefined)[],
  resources: object | undefined,
  defaults: PodDefaults,
): PodTemplate[] {
  const templates = stated.filter((template) => template !== undefined) as PodTemplate[];
  const statesResources =
    resources !== undefined ||
    templates.some((template) => celeryContainers(template).some((container) => container.resources != null));
  const weakest = defaultsTemplate(defaults, statesResources);
  return weakest === undefined ? templates : [weakest, ...templates];
}

/** What a template says of Celery's own container. */
export function celeryContainers(template: PodTemplate): Container[] {
  const containers = template.spec?.containers;
  return Array.isArray(containers) ? containers.filter((container) => container?.name === 'celery') : [];
}

/** A component's own list over the shared one: entries of the same name replace. */
export function mergeByName<Item extends { name: string }>(shared: readonly Item[], own: readonly Item[]): Item[] {
  const names = new Set(own.map((item) => item.name));
  return [...shared.filter((item) => !names.has(item.name)), ...own];
}
