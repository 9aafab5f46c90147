import { API_VERSION, celeryApplication, KIND, status } from './celery-application.ts';
import type { Schema } from './dialect.ts';

/** docs/reference.md: every field of the API with its type, bounds and meaning, as Markdown. */
export function reference(): string {
  const lines = [
    `# ${KIND} (${API_VERSION})`,
    '',
    'Generated from `schemas/celery-application.ts`; `kubectl explain celeryapp.spec` shows the same.',
    '',
    '## spec',
    '',
    '| Field | Type | Meaning |',
    '|---|---|---|',
    ...rows(celeryApplication.properties.spec, 'spec'),
    '',
    '## status',
    '',
    '| Field | Type | Meaning |',
    '|---|---|---|',
    ...rows(status, 'status'),
    '',
    '## Rules across fields',
    '',
    ...rules(celeryApplication, ''),
    '',
  ];
  return lines.join('\n');
}

function rows(schema: Schema, path: string): string[] {
  if (schema.type === 'array') return rows(schema.items, `${path}[]`);
  if (schema.type !== 'object' || !schema.properties) return [];
  return Object.entries(schema.properties).flatMap(([name, child]) => {
    const at = `${path}.${name}`;
    const required = schema.required?.includes(name) ? ', required' : '';
    return [`| \`${at}\` | ${typeOf(child)}${required} | ${cell(child.description ?? '')} |`, ...rows(child, at)];
  });
}

function typeOf(schema: Schema): string {
  if ('x-kubernetes-int-or-string' in schema) return 'integer or string';
  switch (schema.type) {
    case undefined:
      return 'any';
    case 'array':
      return `list of ${typeOf(schema.items)}, at most ${schema.maxItems}`;
    case 'object':
      return schema.additionalProperties ? `map of ${typeOf(schema.additionalProperties)}` : 'object';
    case 'string':
      return schema.enum ? schema.enum.map((value) => `\`${value}\``).join(' \\| ') : 'string';
    case 'integer':
      return schema.minimum === undefined ? 'integer' : `integer ${schema.minimum}–${schema.maximum}`;
    case 'boolean':
      return 'boolean';
  }
}

function rules(schema: Schema, path: string): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(
    (rule) => `- ${path === '' ? '' : `\`${path}\`: `}${rule.message}.`,
  );
  if (schema.type === 'array') return [...own, ...rules(schema.items, `${path}[]`)];
  if (schema.type !== 'object' || !schema.properties) return own;
  return [
    ...own,
    ...Object.entries(schema.properties).flatMap(([name, child]) =>
      rules(child, path === '' ? name : `${path}.${name}`),
    ),
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
