import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { celeryApplication } from './celery-application.ts';
import type { Schema } from './dialect.ts';
import { validate } from './generated/validate.js';

function everyNode(schema: Schema, path: string, visit: (node: Schema, path: string) => void): void {
  visit(schema, path);
  if (schema.type === 'array') everyNode(schema.items, `${path}[]`, visit);
  if (schema.type !== 'object') return;
  for (const [name, child] of Object.entries(schema.properties ?? {})) everyNode(child, `${path}.${name}`, visit);
  if (schema.additionalProperties) everyNode(schema.additionalProperties, `${path}.*`, visit);
}

test('every string, list and map under spec has a bound', () => {
  everyNode(celeryApplication.properties.spec, 'spec', (node, path) => {
    if (node.type === 'string') assert.type(node.maxLength, 'number', path);
    if (node.type === 'array') assert.type(node.maxItems, 'number', path);
    if (node.type === 'object' && node.additionalProperties) assert.type(node.maxProperties, 'number', path);
  });
});

test('every object under spec keeps unknown fields, so that a typo can be refused with a suggestion', () => {
  everyNode(celeryApplication.properties.spec, 'spec', (node, path) => {
    if (node.type === 'object' && !node.additionalProperties)
      assert.is(node['x-kubernetes-preserve-unknown-fields'], true, path);
  });
});

test('every field under spec is described', () => {
  everyNode(celeryApplication.properties.spec, 'spec', (node, path) => {
    if (!/(\[\]|\*)$/.test(path)) assert.ok(node.description, path);
  });
});

test('the validator takes the shortest useful application', () => {
  assert.ok(validate({ spec: { image: 'a', broker: { url: 'redis://r/0' } } }), JSON.stringify(validate.errors));
});

test('the validator names every wrong field at once', () => {
  assert.not(validate({ spec: { broker: {}, workers: [{ name: 'A B', replicas: -1 }] } }));
  const paths = (validate.errors ?? []).map((error) => `${error.instancePath} ${error.keyword}`).sort();
  assert.equal(paths, ['/spec required', '/spec/workers/0/name pattern', '/spec/workers/0/replicas minimum']);
});

test.run();
