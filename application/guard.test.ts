import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatFinding } from './finding.ts';
import { MOST_FINDINGS } from './findings.ts';
import { guard } from './guard.ts';

const BASE = { image: 'shop:1', broker: { url: 'redis://redis:6379/0' } };
const said = (spec: object, name = 'shop'): string[] =>
  guard({ metadata: { name }, spec: { ...BASE, ...spec } }, {}).map(formatFinding);

test('a good application has no findings', () => {
  assert.equal(said({}), []);
});

test('errors of the schema come with the path as Kubernetes writes it, together with those of the rules', () => {
  assert.equal(
    said({ workers: [{ replicas: 'two', args: ['--purge'], pool: 'fork' }], config: { task_acks_lat: 1 } }),
    [
      'spec.config.task_acks_lat: is not a setting of Celery, which would ignore it silently; write task_acks_late [CEL101]',
      'spec.workers[0].name: is required; add it [CEL000]',
      'spec.workers[0].replicas: must be integer; write integer [CEL000]',
      'spec.workers[0].pool: is not one of the allowed values; write one of prefork, threads, gevent, eventlet, solo [CEL000]',
      'spec.workers[0].args[0]: --purge deletes every waiting task each time a pod starts; remove it; to empty a queue once, run `celery purge` by hand [CEL202]',
    ],
  );
});

for (const [name, problem] of [
  [
    'shop-worker',
    'holds one of -worker, -beat, -flower, -broker, -client as a part, and two applications could claim the same Deployment; choose another name',
  ],
  [
    'shop.blue',
    'must start with a letter and hold only lower-case letters, digits and "-" (no dots); choose such a name',
  ],
  [
    's'.repeat(37),
    'has more than 36 characters, so that the names of Deployments and pods would not fit; choose a shorter name',
  ],
] as const)
  test(`the name ${name} is refused`, () => assert.equal(said({}, name), [`metadata.name: ${problem} [CEL002]`]));

for (const name of ['shop', 'my-workers', 's'.repeat(36)])
  test(`the name ${name} is fine`, () => assert.equal(said({}, name), []));

test('what is no object at all is answered', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ metadata: fc.jsonValue(), spec: fc.jsonValue() })), (object) => {
      const found = guard(object, {});
      assert.ok(found.length > 0 && found.length <= MOST_FINDINGS);
      assert.equal(guard(structuredClone(object), {}), found);
    }),
  );
});

test.run();
