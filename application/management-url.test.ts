import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Spec } from './celery-application.ts';
import { needsBrokerSecret } from './children.ts';
import { managementUrl } from './component.ts';
import { resolve } from './resolve.ts';

const resolved = (broker: Spec['broker']) => resolve({ metadata: { name: 'shop' }, spec: { image: 'a', broker } });

test('a management URL from a Secret is copied as the others are', () => {
  const application = resolved({ url: 'amqp://r', managementUrlFrom: { secretKeyRef: { name: 's', key: 'k' } } });
  assert.ok(needsBrokerSecret(application));
  assert.equal(managementUrl(application, { name: 'copy', keys: ['management-url'] }), {
    secretKeyRef: { name: 'copy', key: 'management-url' },
  });
});

test('a bundled broker has one only where its copy says so', () => {
  const application = resolved({ bundled: {} });
  assert.is(managementUrl(application, { name: 'copy', keys: ['broker-url'] }), undefined);
  assert.equal(managementUrl(application, { name: 'copy', keys: ['broker-url', 'management-url'] }), {
    secretKeyRef: { name: 'copy', key: 'management-url' },
  });
});

test('one in the clear stays so, and none is none', () => {
  assert.equal(managementUrl(resolved({ url: 'amqp://r', managementUrl: 'http://r:15672' })), {
    value: 'http://r:15672',
  });
  assert.is(managementUrl(resolved({ url: 'amqp://r' })), undefined);
});

test.run();
