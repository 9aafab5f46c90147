/** What of an OpenAPI v2 document is read here. */
export interface OpenApi {
  readonly info: { readonly version: string };
  readonly definitions: Readonly<Record<string, { readonly properties?: Readonly<Record<string, Property>> }>>;
}

interface Property {
  readonly $ref?: string;
  readonly items?: { readonly $ref?: string };
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
}

/** The content of application/data/pod-merge-keys.json. */
export interface MergeKeys {
  /** Of which Kubernetes. */
  readonly kubernetes: string;
  /** Lists that are merged, by their path in a PodTemplateSpec; elements of lists add nothing to a path. */
  readonly lists: Readonly<Record<string, { readonly key?: string; readonly retainKeys?: true }>>;
}

const ROOT = 'io.k8s.api.core.v1.PodTemplateSpec';

/**
 * Reads the merge keys of all lists of a PodTemplateSpec. Pure.
 * @param document `/openapi/v2` of an API server
 * @throws Error when it does not define a PodTemplateSpec
 */
export function podMergeKeys(document: OpenApi): MergeKeys {
  if (document.definitions[ROOT] === undefined) throw new Error(`the OpenAPI document lacks ${ROOT}`);
  const lists: Record<string, { key?: string; retainKeys?: true }> = {};
  const visit = (definition: string, path: readonly string[], above: readonly string[]): void => {
    if (above.includes(definition)) return;
    for (const [field, property] of Object.entries(document.definitions[definition]?.properties ?? {})) {
      const at = [...path, field];
      const key = property['x-kubernetes-patch-merge-key'];
      const strategies = property['x-kubernetes-patch-strategy']?.split(',') ?? [];
      if (strategies.includes('merge')) {
        lists[at.join('.')] = {
          ...(key === undefined ? {} : { key }),
          ...(strategies.includes('retainKeys') ? { retainKeys: true as const } : {}),
        };
      }
      const target = (property.$ref ?? property.items?.$ref)?.split('/').at(-1);
      if (target !== undefined) visit(target, at, [...above, definition]);
    }
  };
  visit(ROOT, [], []);
  const sorted = Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1));
  return { kubernetes: document.info.version, lists: Object.fromEntries(sorted) };
}

/** The file's text. */
export const mergeKeysText = (keys: MergeKeys): string => `${JSON.stringify(keys, null, 2)}\n`;

/** Where it stands in the checkout. */
export const MERGE_KEYS_FILE = 'application/data/pod-merge-keys.json';
