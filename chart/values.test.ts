import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { generatedChartFiles, packageVersion } from './generate.ts';
import { values } from './values.ts';
import { defaultOf, isGroup, keys } from './values-yaml.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '..', path), 'utf8');

for (const file of generatedChartFiles()) {
  test(`${file.path} is what \`npm run generate\` writes`, () => {
    assert.is(read(file.path), file.text);
  });
}

test('every key has a description that ends as a sentence', () => {
  for (const { path, schema } of keys(values)) assert.match(schema.description ?? '', /^.{3,}[.`:]$/, path);
});

test('every leaf has a default, and values.yaml carries it', () => {
  const file = parse(read('chart/values.yaml')) as Record<string, unknown>;
  for (const { path, schema } of keys(values)) {
    if (isGroup(schema)) continue;
    const value = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], file);
    assert.equal(value, defaultOf(schema), path);
  }
});

test('every object that is ours refuses names it does not know', () => {
  const open: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const schema = node as { properties?: object; additionalProperties?: unknown };
    if (schema.properties && schema.additionalProperties === undefined) open.push(path);
    for (const [name, child] of Object.entries(node)) walk(child, `${path}/${name}`);
  };
  walk(JSON.parse(read('chart/values.schema.json')), '');
  assert.equal(open, []);
});

test('templates use every value and no value that does not exist', () => {
  const templates = [
    ...['_helpers.tpl', 'NOTES.txt', 'aggregate-roles', 'crd', 'deployment', 'extra-objects', 'metrics'],
    ...['mutating-webhook', 'networkpolicy', 'poddisruptionbudget', 'rbac', 'service', 'serviceaccount'],
    ...['uninstall-hook', 'validating-webhook'],
  ]
    .map((name) => read(`chart/templates/${name.includes('.') ? name : `${name}.yaml`}`))
    .join('\n');
  const used = new Set([...templates.matchAll(/\.Values\.([A-Za-z.]+)/g)].map((match) => match[1] ?? ''));
  const whole = [...templates.matchAll(/toJson \.Values\.([A-Za-z.]+)/g)].map((match) => match[1] ?? '');
  const paths = keys(values).map(({ path }) => path);
  for (const path of used) assert.ok(paths.includes(path), `.Values.${path} is not in chart/values.ts`);
  for (const { path, schema } of keys(values)) {
    if (isGroup(schema) || path.startsWith('broker.')) continue;
    if (whole.some((group) => path.startsWith(`${group}.`))) continue;
    assert.ok(used.has(path), `${path} is used by no template`);
  }
});

test('chart, subchart and package carry one version', () => {
  const chart = parse(read('chart/Chart.yaml')) as { version: string; appVersion: string; dependencies: object[] };
  assert.is(chart.version, packageVersion());
  assert.is(chart.appVersion, packageVersion());
  assert.equal(chart.dependencies, [{ name: 'broker', version: packageVersion(), condition: 'broker.enabled' }]);
  assert.is((parse(read('chart/charts/broker/Chart.yaml')) as { version: string }).version, packageVersion());
});

test.run();
