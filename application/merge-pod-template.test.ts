import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mergePodTemplates } from './merge-pod-template.ts';

test('containers, variables and mounts are merged by their keys, the stronger winning', () => {
  const merged = mergePodTemplates(
    {
      spec: {
        containers: [
          {
            name: 'celery',
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '1' },
            ],
          },
          { name: 'proxy' },
        ],
      },
    },
    { spec: { containers: [{ name: 'celery', image: 'x', env: [{ name: 'B', value: '2' }] }] } },
  );
  assert.equal(merged.spec?.containers, [
    {
      name: 'celery',
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      image: 'x',
    },
    { name: 'proxy' },
  ]);
});

test('lists without a key are replaced', () => {
  const merged = mergePodTemplates(
    { spec: { containers: [], tolerations: [{ key: 'a' }] } },
    { spec: { containers: [], tolerations: [{ key: 'b' }] } },
  );
  assert.equal(merged.spec?.tolerations, [{ key: 'b' }]);
});

test('a volume with another source does not keep the old one', () => {
  const merged = mergePodTemplates(
    { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    { spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } },
  );
  assert.equal(merged.spec?.volumes, [{ name: 'v', secret: { secretName: 's' } }]);
});

test('null removes a field', () => {
  const merged = mergePodTemplates({ spec: { nodeName: 'a' } }, JSON.parse('{"spec": {"nodeName": null}}'));
  assert.equal(merged, { spec: {} });
});

test('the parts are not changed and one part alone comes out as it went in', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (spec) => {
      const before = JSON.stringify(spec);
      const merged = mergePodTemplates({ spec });
      assert.is(JSON.stringify(spec), before);
      if (!before.includes('null')) assert.is(JSON.stringify(merged), JSON.stringify({ spec }));
    }),
  );
});

test.run();
