import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configJson, configYaml } from './config-file.ts';

test('the same settings give the same bytes, in whatever order they were written', () => {
  assert.is(configYaml({ b: 1, a: { x: [true, null, 'on'] } }), 'a: {"x": [true, null, "on"]}\nb: 1\n');
  assert.is(configYaml({ a: { x: [true, null, 'on'] }, b: 1 }), configYaml({ b: 1, a: { x: [true, null, 'on'] } }));
  assert.is(configJson({ b: 1, a: 2 }), '{\n  "a": 2,\n  "b": 1\n}\n');
});

test('no settings are an empty map', () => {
  assert.is(configYaml({}), '{}\n');
  assert.is(configJson({}), '{}\n');
});

test('words of YAML 1.1 stay text and numbers stay numbers', () => {
  assert.is(configYaml({ on: 'yes', big: 1e21, small: 1e-7 }), 'big: 1.0e+21\n"on": "yes"\nsmall: 1.0e-7\n');
});

test.run();
