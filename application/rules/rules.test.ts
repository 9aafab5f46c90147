import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatFinding } from '../finding.ts';
import { findings, type Installation, MOST_FINDINGS } from '../findings.ts';
import { CASES } from './cases.ts';
import { CATALOGUE } from './catalogue.ts';

const BASE = { image: 'shop:1', broker: { url: 'redis://redis:6379/0' } };

const said = (spec: object, installation: Installation = {}): string[] =>
  findings({ spec: { ...BASE, ...spec } }, installation).map(formatFinding);

for (const { name, bad, says, good, installation, goodInstallation } of CASES) {
  test(`${says.slice(says.lastIndexOf('[') + 1, -1)}: ${name}`, () => {
    assert.equal(said(bad, installation), [says]);
    assert.equal(said(good, goodInstallation ?? installation), []);
  });
}

test('every rule on spec has a case', () => {
  const covered = new Set(CASES.map(({ says }) => says.slice(says.lastIndexOf('[') + 1, -1)));
  const missing = Object.keys(CATALOGUE).filter((code) => !covered.has(code) && code !== 'CEL000' && code !== 'CEL002');
  assert.equal(missing, []);
});

test('all findings come at once, in the order of the schema', () => {
  assert.equal(
    said({
      workers: [{ name: 'a', replica: 1, args: ['--purge'] }],
      config: { b_x: 1, task_acks_lat: true },
      imag: 'x',
    }).map((line) => line.slice(0, line.indexOf(':'))),
    ['spec.config.task_acks_lat', 'spec.workers[0].args[0]', 'spec.workers[0].replica', 'spec.imag'],
  );
});

test('a flood of warnings hides no error', () => {
  const env = Array.from({ length: 300 }, (_unused, index) => ({ name: `X${index}`, value: 'redis://:pw@h/0' }));
  const found = findings({ spec: { ...BASE, env, config: { task_always_eager: true } } }, {});
  assert.is(found.length, MOST_FINDINGS);
  assert.ok(found.some(({ code }) => code === 'CEL111'));
});

test('no finding repeats a secret', () => {
  const secret = 'hunter2-very-secret';
  const places = [
    { broker: { url: `redis://:${secret}@h:x/0` } },
    { broker: { url: `redis://:${secret}#x@h/0` } },
    { broker: { url: `${secret}` } },
    { broker: { url: `redis://:${secret};x@h/0` } },
    { config: { redis_password: secret, task_acks_late: secret, broker_url: `redis://:${secret}@h` } },
    { env: [{ name: 'CELERY_BROKER_URL', value: `amqp://u:${secret}@h` }] },
    {
      workers: [
        {
          name: 'a',
          args: [
            '-b',
            `redis://:${secret}@h`,
            `--tokn=${secret}`,
            secret,
            `--time-limit=${secret}`,
            `broker_url=${secret}`,
          ],
        },
      ],
    },
  ];
  for (const place of places) {
    const text = said(place).join('\n');
    assert.not.match(text, secret);
    assert.ok(text.length > 0);
  }
});

const json = fc.jsonValue({ maxDepth: 4 });
const name = fc.constantFrom(
  'image',
  'app',
  'broker',
  'url',
  'config',
  'env',
  'name',
  'value',
  'workers',
  'args',
  'queues',
  'pool',
  'livenessProbe',
  'type',
  'podTemplate',
  'spec',
  'task_acks_lat',
  '$patch',
  '__proto__',
  'worker_concurrency',
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    json,
    fc.constantFrom('-c', '--purge', 'redis://:pw@h/0', 'Ping', 'solo', '-', '--', '-=', '$('),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }),
  map: fc.dictionary(name, tie('value'), { maxKeys: 6 }),
}));
const likely = fc.record(
  {
    broker: anything.map,
    config: anything.map,
    env: anything.list,
    podTemplate: anything.map,
    workers: fc.array(
      fc.record(
        {
          name: anything.value,
          args: anything.list,
          config: anything.map,
          queues: anything.list,
          pool: anything.value,
          livenessProbe: anything.map,
          podTemplate: anything.map,
        },
        { requiredKeys: [] },
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

test('findings never throws, stays bounded and says the same each time, on any JSON', () => {
  fc.assert(
    fc.property(fc.oneof(anything.value, fc.record({ spec: fc.oneof(anything.value, likely) })), (object) => {
      const first = findings(object, {});
      assert.equal(findings(structuredClone(object), {}), first);
      assert.ok(first.length <= MOST_FINDINGS);
      for (const { path, problem, fix } of first) assert.ok(path !== '' && problem !== '' && fix !== '');
    }),
    { numRuns: 500 },
  );
});

test('a deeply nested object is answered', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 5000; level++) deep = level % 2 ? [deep] : { a: deep };
  for (const spec of [
    deep,
    { config: { x: deep } },
    { podTemplate: { spec: deep } },
    { workers: [{ name: 'a', args: [deep], queues: deep }] },
  ])
    assert.ok(Array.isArray(findings({ spec }, {})));
});

test.run();
