import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { PodTemplate } from './resolve.ts';

/**
 * Merge keys of the lists of a PodTemplateSpec (x-kubernetes-patch-merge-key in the OpenAPI of Kubernetes 1.35); any other list is replaced whole.
 * Keyed by field name: within a pod no two lists of one name have different keys.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ports: 'containerPort',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  resourceClaims: 'name',
  schedulingGates: 'name',
};

/** Maps and scalars with no meaning of their own to Kubernetes: a volume must not end with two sources, so a changed source replaces. */
const REPLACED_OBJECTS: ReadonlySet<string> = new Set(['volumes']);

/**
 * Merges pod templates as `kubectl patch` (strategic merge) would, later ones winning; null removes a field.
 * @param templates from weakest to strongest
 */
export function mergePodTemplates(...templates: readonly (PodTemplate | PodTemplateSpec)[]): PodTemplateSpec {
  return templates.reduce<unknown>((merged, template) => merge(merged, template, ''), {}) as PodTemplateSpec;
}

function merge(base: unknown, overlay: unknown, field: string): unknown {
  if (Array.isArray(base) && Array.isArray(overlay)) return mergeList(base, overlay, field);
  if (isObject(base) && isObject(overlay)) {
    const result: Record<string, unknown> = { ...base };
    for (const [name, value] of Object.entries(overlay)) {
      if (value === null || value === undefined) delete result[name];
      // A name such as __proto__ must stay data.
      else
        Object.defineProperty(result, name, {
          value: merge(Object.hasOwn(base, name) ? base[name] : undefined, value, name),
          enumerable: true,
          configurable: true,
          writable: true,
        });
    }
    return result;
  }
  return overlay;
}

function mergeList(base: readonly unknown[], overlay: readonly unknown[], field: string): unknown[] {
  const key = MERGE_KEYS[field];
  if (key === undefined) return [...overlay];
  const result = [...base];
  for (const item of overlay) {
    const at = result.findIndex((other) => isObject(other) && isObject(item) && other[key] === item[key]);
    if (at < 0) result.push(item);
    else result[at] = REPLACED_OBJECTS.has(field) ? item : merge(result[at], item, '');
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
