import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applicationOf, createChildIndex, ownedBy } from './child-index.ts';

test('children are found by their application', () => {
  const index = createChildIndex<number>();
  assert.equal(index.set('n/a', 1, 'n/shop'), ['n/shop']);
  index.set('n/b', 2, 'n/other');
  assert.equal([...index.of('n/shop')], [['a', 1]]);
});

test('a deleted child touches the application it had', () => {
  const index = createChildIndex<number>();
  index.set('n/a', 1, 'n/shop');
  assert.equal(index.set('n/a', undefined, undefined), ['n/shop']);
  assert.is(index.of('n/shop').size, 0);
});

test('a child whose label changes touches both', () => {
  const index = createChildIndex<number>();
  index.set('n/a', 1, 'n/shop');
  assert.equal(index.set('n/a', 2, 'n/other'), ['n/shop', 'n/other']);
  assert.is(index.of('n/shop').size, 0);
  assert.is(index.of('n/other').get('a'), 2);
});

test('a label is not ownership', () => {
  const object = {
    metadata: {
      namespace: 'n',
      labels: { 'celeryproject.org/application': 'shop' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }],
    },
  };
  assert.is(applicationOf(object), 'n/shop');
  assert.not(ownedBy(object, 'u'));
});

test.run();
