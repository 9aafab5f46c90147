/** Defensive reading of JSON that no schema has looked at. */
export type JsonMap = { readonly [name: string]: unknown };

export function isMap(value: unknown): value is JsonMap {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A member of a map; undefined where there is none or the value is no map. */
export function member(value: unknown, name: string): unknown {
  return isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The member at the end of a row of names. */
export function within(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => member(at, name), value);
}

export function mapAt(value: unknown, ...names: readonly string[]): JsonMap {
  const found = within(value, ...names);
  return isMap(found) ? found : {};
}

export function textAt(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** Longest list that is looked at: the schema allows less, and what it refuses need not be read to its end. */
const LONGEST = 512;

export function listAt(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = within(value, ...names);
  return Array.isArray(found) ? found.slice(0, LONGEST) : [];
}

export function entriesOf(value: JsonMap): readonly [string, unknown][] {
  return Object.entries(value).slice(0, LONGEST);
}

/** A name as part of a field path: plain behind a dot, anything else in brackets, as Kubernetes writes it. */
export function child(path: string, name: string): string {
  const short = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(short) ? `${path}.${short}` : `${path}[${JSON.stringify(short)}]`;
}
