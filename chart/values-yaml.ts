import { stringify } from 'yaml';
import type { ObjectSchema, Schema } from '../schemas/dialect.ts';

/** Keys that Helm itself puts into values: allowed by the schema, not offered to users. */
const HELMS_OWN = ['global'];
const WIDTH = 118;

/**
 * The text of a values.yaml: every key with its description above it and its default.
 * @param schema an object whose leaves have defaults
 * @param without further top-level keys to leave out
 */
export function valuesYaml(schema: ObjectSchema, without: readonly string[] = []): string {
  const names = Object.keys(schema.properties ?? {}).filter((name) => !without.includes(name));
  return `${names
    .filter((name) => !HELMS_OWN.includes(name))
    .map((name) => entry(name, schema.properties?.[name] as Schema, '').join('\n'))
    .join('\n\n')}\n`;
}

function entry(name: string, schema: Schema, indent: string): string[] {
  const lines = comment(schema, indent);
  if (isGroup(schema)) {
    lines.push(`${indent}${name}:`);
    for (const [child, childSchema] of Object.entries(schema.properties ?? {})) {
      if (!HELMS_OWN.includes(child)) lines.push(...entry(child, childSchema, `${indent}  `));
    }
    return lines;
  }
  const value = stringify({ [name]: defaultOf(schema) }, { lineWidth: 0, singleQuote: true }).trimEnd();
  lines.push(...value.split('\n').map((line) => indent + line));
  return lines;
}

function comment(schema: Schema, indent: string): string[] {
  const words = [...(schema.description ?? '').split(' '), ...choices(schema)];
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of words) {
    if (line.length + 1 + word.length > WIDTH && line !== `${indent}#`) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const choices = (schema: Schema): string[] =>
  schema.type === 'string' && schema.enum ? `One of ${schema.enum.join(', ')}.`.split(' ') : [];

/** Whether values.yaml shows the keys of this object one by one; otherwise it shows the object's own default. */
export function isGroup(schema: Schema): schema is ObjectSchema {
  return schema.type === 'object' && schema.properties !== undefined && schema.default === undefined;
}

/**
 * The default of a leaf.
 * @throws Error when the schema states none
 */
export function defaultOf(schema: Schema): unknown {
  if (!('default' in schema) || schema.default === undefined)
    throw new Error(`no default: ${schema.description ?? JSON.stringify(schema)}`);
  return schema.default;
}

/** Every key below an object, `a.b.c`, with its schema, groups first. */
export function keys(schema: ObjectSchema, at = ''): { path: string; schema: Schema }[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => !HELMS_OWN.includes(name))
    .flatMap(([name, child]) => {
      const path = at === '' ? name : `${at}.${name}`;
      return [{ path, schema: child }, ...(isGroup(child) ? keys(child, path) : [])];
    });
}
