/** A map that forgets what was not used for longest. */
export interface RecentMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** @param limit how many entries are kept */
export function createRecentMap<V>(limit: number): RecentMap<V> {
  const entries = new Map<string, V>(); // in the order of last use
  const set = (key: string, value: V): void => {
    entries.delete(key);
    entries.set(key, value);
    const oldest = entries.keys().next();
    if (entries.size > limit && !oldest.done) entries.delete(oldest.value);
  };
  return {
    set,
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
  };
}
