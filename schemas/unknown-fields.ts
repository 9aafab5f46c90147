import { distance } from 'fastest-levenshtein';
import type { Schema } from './dialect.ts';

/** A name that the schema does not know, with the known name it was probably meant to be. */
export interface UnknownField {
  /** Path as Kubernetes writes it: spec.workers[0].replica */
  readonly path: string;
  readonly name: string;
  readonly suggestion?: string;
  readonly known: readonly string[];
}

/** Findings past this many help nobody. */
const MOST = 50;

/**
 * Lists every field of a value that its schema does not name. Looks through lists and maps; leaves alone what is open to other vocabularies.
 * Depth is bounded by the schema, not by the value, so that a deeply nested value cannot exhaust the stack.
 * @param value any JSON value
 * @param schema its schema in the CRD's dialect
 * @param path where the value stands, e.g. "spec"
 */
export function unknownFields(value: unknown, schema: Schema, path: string): UnknownField[] {
  const found: UnknownField[] = [];
  walk(value, schema, path, found);
  return found;
}

function walk(value: unknown, schema: Schema, path: string, found: UnknownField[]): void {
  if (found.length >= MOST || value === null || typeof value !== 'object') return;
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) walk(item, schema.items, `${path}[${index}]`, found);
    return;
  }
  if (schema.type !== 'object' || Array.isArray(value) || schema['x-celery-operator-open']) return;
  for (const [name, child] of Object.entries(value)) {
    const known =
      schema.properties && Object.hasOwn(schema.properties, name)
        ? schema.properties[name]
        : schema.additionalProperties;
    if (known) walk(child, known, `${path}.${name}`, found);
    else if (schema.properties && found.length < MOST) {
      const names = Object.keys(schema.properties);
      // Two swapped letters are two edits, in the shortest name too.
      const suggestion = closest(name, names, Math.max(2, Math.floor(name.length / 3)));
      found.push({ path: `${path}.${name}`, name, known: names, ...(suggestion === undefined ? {} : { suggestion }) });
    }
  }
}

/**
 * The candidate that a person most likely meant, or undefined when none is near: at most one edit in three letters, case ignored.
 * @param name what was written
 * @param candidates what exists
 * @param most edits that still count as near
 */
export function closest(
  name: string,
  candidates: Iterable<string>,
  most = Math.floor(Math.max(name.length, 3) / 3),
): string | undefined {
  // Names longer than any known one cannot be near; comparing them would cost quadratic time.
  if (name.length > 128) return undefined;
  const written = name.toLowerCase();
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of candidates) {
    const edits = distance(written, candidate.toLowerCase());
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}
