import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import table from './data/pod-merge-keys.json' with { type: 'json' };
import type { PodTemplate } from './pod-template.ts';

/** How a list is merged; any other list is replaced whole. */
interface ListRule {
  /** The field that tells elements apart; absent: the elements are plain values, each once. */
  readonly key?: string;
  /** An element keeps only the fields that the overlay names: a volume must not end with two sources. */
  readonly retainKeys?: boolean;
}

/** From the OpenAPI of Kubernetes, by scripts/merge-keys; a test compares the two. */
const LISTS: Readonly<Record<string, ListRule>> = table.lists;

/**
 * Merges pod templates as Kubernetes merges strategic patches, with the directive $retainKeys where `kubectl apply` sends it: later ones win, null removes a field.
 * Elements that only the later template has come first, as `kubectl patch` puts them. Pure; a test compares it with kubectl.
 * @param templates from weakest to strongest
 */
export function mergePodTemplates(...templates: readonly (PodTemplate | PodTemplateSpec)[]): PodTemplateSpec {
  return templates.reduce<unknown>((merged, template) => merge(merged, template, ''), {}) as PodTemplateSpec;
}

function merge(base: unknown, overlay: unknown, path: string): unknown {
  if (Array.isArray(base) && Array.isArray(overlay)) {
    const rule = ownRule(path);
    return rule === undefined ? withoutNulls(overlay) : mergeList(base, overlay, rule, path);
  }
  return isObject(base) && isObject(overlay) ? mergeObject(base, overlay, path) : withoutNulls(overlay);
}

function mergeObject(base: Fields, overlay: Fields, path: string): Fields {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(overlay)) {
    if (value === null || value === undefined) delete result[name];
    else {
      const at = path === '' ? name : `${path}.${name}`;
      set(result, name, Object.hasOwn(base, name) ? merge(base[name], value, at) : withoutNulls(value));
    }
  }
  return result;
}

function mergeList(base: readonly unknown[], overlay: readonly unknown[], rule: ListRule, path: string): unknown[] {
  const result = [...base];
  const places = placesOf(base, rule);
  for (const item of overlay) {
    const id = identity(item, rule);
    const at = places.get(id);
    if (at !== undefined) result[at] = merge(rule.retainKeys ? retained(result[at], item) : result[at], item, path);
    else {
      if (id !== undefined) places.set(id, result.length);
      result.push(withoutNulls(item));
    }
  }
  return ordered(result, placesOf(base, rule), placesOf(overlay, rule), rule);
}

type Places = Map<string | undefined, number>;

/** Where each identity stands first. */
function placesOf(list: readonly unknown[], rule: ListRule): Places {
  const places: Places = new Map();
  for (const [index, item] of list.entries()) {
    const id = identity(item, rule);
    if (id !== undefined && !places.has(id)) places.set(id, index);
  }
  return places;
}

/** The order that Kubernetes gives (apimachinery, strategicpatch, normalizeElementOrder): the overlay's elements in its own order, the base's others before those that they preceded. */
function ordered(merged: readonly unknown[], base: Places, overlay: Places, rule: ListRule): unknown[] {
  const all = merged.map((item) => ({ item, id: identity(item, rule) }));
  const stated = all.filter(({ id }) => overlay.has(id));
  stated.sort((a, b) => (overlay.get(a.id) ?? 0) - (overlay.get(b.id) ?? 0));
  const others = all.filter(({ id }) => !overlay.has(id));
  const result: unknown[] = [];
  let next = 0;
  for (const { item, id } of stated) {
    const before = base.get(id) ?? -1;
    for (let other = others[next]; other && (base.get(other.id) ?? before) < before; other = others[++next])
      result.push(other.item);
    result.push(item);
  }
  return [...result, ...others.slice(next).map(({ item }) => item)];
}

/** What tells an element apart, as text; undefined where it lacks its key. */
function identity(item: unknown, rule: ListRule): string | undefined {
  if (rule.key === undefined) return JSON.stringify(item);
  const value = isObject(item) ? item[rule.key] : undefined;
  return value === undefined ? undefined : JSON.stringify(value);
}

function retained(base: unknown, overlay: unknown): unknown {
  if (!isObject(base) || !isObject(overlay)) return base;
  return Object.fromEntries(Object.entries(base).filter(([name]) => Object.hasOwn(overlay, name)));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item !== null && item !== undefined) set(result, name, withoutNulls(item));
  }
  return result;
}

/** A name such as __proto__ must stay data. */
function set(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

const ownRule = (path: string): ListRule | undefined => (Object.hasOwn(LISTS, path) ? LISTS[path] : undefined);

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
