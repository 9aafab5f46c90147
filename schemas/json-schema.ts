import type { Schema } from './dialect.ts';

/** A plain JSON Schema (draft 2020-12) object. */
export type JsonSchema = { [keyword: string]: unknown };

/**
 * Widens a schema of the CRD's dialect to plain JSON Schema.
 * Kubernetes' own keywords have no meaning there: int-or-string becomes a type union, the other `x-` keywords and CEL rules are left out.
 * @param schema a node of the dialect
 * @param closed true: objects without preserve-unknown-fields or an open marker refuse names they do not know
 */
export function toJsonSchema(schema: Schema, closed = false): JsonSchema {
  if (schema['x-kubernetes-int-or-string' as keyof Schema])
    return { ...described(schema), type: ['integer', 'string'] };
  if (schema.type === undefined) return described(schema);
  switch (schema.type) {
    case 'object': {
      const result: JsonSchema = { ...described(schema), type: 'object' };
      if (schema.required) result.required = [...schema.required];
      if (schema.maxProperties !== undefined) result.maxProperties = schema.maxProperties;
      if (schema.minProperties !== undefined) result.minProperties = schema.minProperties;
      if (schema.properties) {
        result.properties = Object.fromEntries(
          Object.entries(schema.properties).map(([name, child]) => [name, toJsonSchema(child, closed)]),
        );
      }
      if (schema.additionalProperties) result.additionalProperties = toJsonSchema(schema.additionalProperties, closed);
      else if (closed && schema.properties && !schema['x-celery-operator-open']) result.additionalProperties = false;
      return result;
    }
    case 'array':
      return {
        ...described(schema),
        type: 'array',
        items: toJsonSchema(schema.items, closed),
        maxItems: schema.maxItems,
        ...(schema.minItems === undefined ? {} : { minItems: schema.minItems }),
      };
    case 'string':
      return {
        ...described(schema),
        type: 'string',
        ...pick(schema, ['enum', 'pattern', 'minLength', 'maxLength', 'default']),
      };
    case 'integer':
      return { ...described(schema), type: 'integer', ...pick(schema, ['minimum', 'maximum', 'default']) };
    case 'boolean':
      return { ...described(schema), type: 'boolean', ...pick(schema, ['default']) };
  }
}

function described(schema: Schema): JsonSchema {
  return schema.description === undefined ? {} : { description: schema.description };
}

function pick(from: object, names: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
