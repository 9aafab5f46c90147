import { celeryApplication } from '../../schemas/celery-application.ts';
import type { Schema } from '../../schemas/dialect.ts';
import type { Finding } from '../finding.ts';

/** Sorts findings as a person reads the object: fields in the order of the schema, list items by index, other names by alphabet, then by code. */
export function byPath(a: Finding, b: Finding): number {
  return comparePaths(a.path, b.path) || compareText(a.code, b.code) || compareText(a.problem, b.problem);
}

function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const left = tokens(a);
  const right = tokens(b);
  let schema: Schema | undefined = celeryApplication;
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const first = left[index];
    const second = right[index];
    if (first === undefined) return -1;
    if (second === undefined) return 1;
    if (first !== second) return rank(first, schema) - rank(second, schema) || compareText(first, second);
    schema = below(schema, first);
  }
  return compareText(a, b);
}

/** spec.workers[0].config["a.b"] → spec, workers, 0, config, "a.b" */
function tokens(path: string): string[] {
  return path.match(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]|[^.[\]]+/g)?.map((token) => token.replace(/^\[|\]$/g, '')) ?? [];
}

function rank(token: string, schema: Schema | undefined): number {
  if (schema?.type === 'array' || /^\d+$/.test(token)) return Number(token) || 0;
  if (schema?.type !== 'object' || schema.properties === undefined) return 0;
  const index = Object.keys(schema.properties).indexOf(token);
  return index === -1 ? Number.MAX_SAFE_INTEGER : index;
}

function below(schema: Schema | undefined, token: string): Schema | undefined {
  if (schema?.type === 'array') return schema.items;
  if (schema?.type !== 'object') return undefined;
  return schema.properties !== undefined && Object.hasOwn(schema.properties, token)
    ? schema.properties[token]
    : undefined;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
