import { sameQuantity } from './quantity.ts';

/*
 * What server-side apply would change, judged without asking. An object read back differs from what was applied: the
 * server adds defaults and others' fields, drops empty values and may spell quantities otherwise. Only a difference
 * in what we want counts.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Fields that tell elements apart, by the name of their list, as the API's list-map-keys say (Kubernetes 1.35). */
const listKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['conditions', ['type']],
  ['hostAliases', ['ip']],
  ['ownerReferences', ['uid']],
  ['topologySpreadConstraints', ['topologyKey', 'whenUnsatisfiable']],
  ['volumeDevices', ['devicePath']],
  ['volumeMounts', ['mountPath']],
]);

/** String-keyed maps, which the server drops when empty. Other empty objects, such as `emptyDir: {}`, mean something. */
const droppedWhenEmpty: ReadonlySet<string> = new Set([
  'annotations',
  'binaryData',
  'data',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
]);

/** Fields whose zero value the server drops because absence means the same. */
const droppedWhenZero: ReadonlySet<string> = new Set([
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'minReadySeconds',
  'paused',
  'readOnly',
  'stdin',
  'stdinOnce',
  'subPath',
  'tty',
  'value',
]);

/** Maps whose values are quantities, and fields that are one. */
const quantityMaps: ReadonlySet<string> = new Set(['capacity', 'hard', 'limits', 'overhead', 'requests']);
const quantityFields: ReadonlySet<string> = new Set(['averageValue', 'divisor', 'sizeLimit']);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Whether absence says the same as `desired`. */
function absenceSuffices(name: string, desired: unknown): boolean {
  if (isAbsent(desired)) return true;
  if (Array.isArray(desired)) return desired.length === 0;
  if (isFields(desired)) return droppedWhenEmpty.has(name) && Object.keys(desired).length === 0;
  return droppedWhenZero.has(name) && (desired === false || desired === 0 || desired === '');
}

/** An element's identity in its list, or undefined if only its position has one. */
function identity(list: string, element: unknown): string | undefined {
  if (!isFields(element)) return undefined;
  if (list === 'ports') {
    const port = element.containerPort ?? element.port;
    return port === undefined ? undefined : JSON.stringify([port, element.protocol ?? 'TCP']);
  }
  const values = (listKeys.get(list) ?? ['name']).map((key) => element[key]);
  return values.some((value) => typeof value !== 'string') ? undefined : JSON.stringify(values);
}

/** Elements by identity, or undefined if one has none or two have the same. */
function byIdentity(list: string, elements: readonly unknown[]): Map<string, unknown> | undefined {
  const found = new Map<string, unknown>();
  for (const element of elements) {
    const id = identity(list, element);
    if (id === undefined || found.has(id)) return undefined;
    found.set(id, element);
  }
  return found;
}

function listDifference(
  name: string,
  desired: readonly unknown[],
  observed: unknown,
  path: string,
): string | undefined {
  if (!Array.isArray(observed)) return path;
  const wanted = desired.length > 0 ? byIdentity(name, desired) : undefined;
  const present = wanted && byIdentity(name, observed);
  if (wanted && present) {
    for (const [id, element] of wanted) {
      const at = `${path}[${(JSON.parse(id) as unknown[]).join(',')}]`;
      const difference = present.has(id) ? differenceAt('', element, present.get(id), at) : at;
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (desired.length !== observed.length) return path;
  for (const [index, element] of desired.entries()) {
    const difference = differenceAt('', element, observed[index], `${path}[${index}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** @param name the field's name, which decides how its value compares; '' within a list */
function differenceAt(name: string, desired: unknown, observed: unknown, path: string): string | undefined {
  if (isAbsent(observed)) return absenceSuffices(name, desired) ? undefined : path;
  if (isAbsent(desired)) return path;
  if (Array.isArray(desired)) return listDifference(name, desired, observed, path);
  if (isFields(desired)) {
    if (!isFields(observed)) return path;
    for (const [key, value] of Object.entries(desired)) {
      const theirs = Object.hasOwn(observed, key) ? observed[key] : undefined;
      const at = path === '' ? key : `${path}.${key}`;
      const quantity = quantityMaps.has(name) || quantityFields.has(key);
      if (quantity && !isFields(value) && sameQuantity(value, theirs)) continue;
      const difference = differenceAt(key, value, theirs, at);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return desired === observed ? undefined : path;
}

/**
 * The path of the first field of `desired` that `observed` lacks or has otherwise, such as
 * `spec.template.spec.containers[worker].image`; undefined if applying `desired` would change nothing.
 *
 * Maps compare by key; lists by the key the API gives their elements (`name` where they have one), and lists without any by
 * length and position; quantities by value. A null in `desired` wants absence. Not for write-only fields (`stringData`).
 */
export function firstDifference(desired: unknown, observed: unknown): string | undefined {
  return differenceAt('', desired, observed, '');
}

/** Whether every field of `desired` is in `observed` already. What `observed` has besides does not matter. */
export function contains(desired: unknown, observed: unknown): boolean {
  return firstDifference(desired, observed) === undefined;
}
