import type { ApiObject } from './object.ts';

/** Values under which an object is found again. Must depend on nothing but the object. */
export type Index<T> = (object: T) => readonly string[];

/** Objects by key and by index. */
export interface Store<T extends ApiObject> {
  get(key: string): T | undefined;
  set(key: string, object: T): void;
  delete(key: string): void;
  keys(): Iterable<string>;
  values(): T[];
  byIndex(index: string, value: string): T[];
  size(): number;
}

/**
 * An empty store.
 * @param indexes by name; one that throws for an object leaves that object out
 */
export function createStore<T extends ApiObject>(indexes: Readonly<Record<string, Index<T>>>): Store<T> {
  const objects = new Map<string, T>();
  const indexed = new Map(Object.keys(indexes).map((name) => [name, new Map<string, Set<string>>()]));

  const valuesOf = (index: Index<T>, object: T): readonly string[] => {
    try {
      return index(object);
    } catch {
      return [];
    }
  };
  const unindex = (key: string, object: T): void => {
    for (const [name, index] of Object.entries(indexes)) {
      for (const value of valuesOf(index, object)) {
        const keys = indexed.get(name)?.get(value);
        keys?.delete(key);
        if (keys?.size === 0) indexed.get(name)?.delete(value);
      }
    }
  };

  return {
    get: (key) => objects.get(key),
    set(key, object) {
      const before = objects.get(key);
      if (before) unindex(key, before);
      objects.set(key, object);
      for (const [name, index] of Object.entries(indexes)) {
        const values = indexed.get(name);
        for (const value of valuesOf(index, object)) {
          const keys = values?.get(value);
          if (keys) keys.add(key);
          else values?.set(value, new Set([key]));
        }
      }
    },
    delete(key) {
      const before = objects.get(key);
      if (before) unindex(key, before);
      objects.delete(key);
    },
    keys: () => objects.keys(),
    values: () => [...objects.values()],
    byIndex(name, value) {
      const values = indexed.get(name);
      if (!values) throw new TypeError(`there is no index ${name}`);
      return [...(values.get(value) ?? [])].flatMap((key) => objects.get(key) ?? []);
    },
    size: () => objects.size,
  };
}
