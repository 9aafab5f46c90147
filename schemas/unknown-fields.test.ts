import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { spec } from './celery-application.ts';
import { closest, unknownFields } from './unknown-fields.ts';

test('finds a misspelt field in a list and suggests the right one', () => {
  const found = unknownFields({ image: 'a', workers: [{ name: 'x', replica: 2 }] }, spec, 'spec');
  assert.is(found.length, 1);
  assert.is(found[0]?.path, 'spec.workers[0].replica');
  assert.is(found[0]?.suggestion, 'replicas');
});

test('leaves settings, pod specs and valueFrom to their owners', () => {
  const value = {
    config: { redbeat_redis_url: 1 },
    podTemplate: { spec: { brandNew: true } },
    env: [{ name: 'A', valueFrom: { whatever: {} } }],
  };
  assert.equal(unknownFields(value, spec, 'spec'), []);
});

test('knows the fields around the open ones', () => {
  assert.is(unknownFields({ podTemplate: { sepc: {} } }, spec, 'spec')[0]?.suggestion, 'spec');
});

test('suggests nothing for a name that is near no other', () => {
  assert.is(closest('zzzzzz', ['image', 'broker']), undefined);
});

test('ignores case when it suggests', () => {
  assert.is(closest('loglevel', ['logLevel', 'image']), 'logLevel');
});

test('takes data that looks like prototype members for ordinary unknown fields', () => {
  const found = unknownFields(JSON.parse('{"__proto__": 1, "constructor": 2}'), spec, 'spec');
  assert.equal(
    found.map((field) => field.name),
    ['__proto__', 'constructor'],
  );
});

test('reports a bounded number', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
  assert.is(unknownFields(many, spec, 'spec').length, 50);
});

test.run();
