import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type InjectionPlan, parsePlan } from './injection-plan.ts';

const plan: InjectionPlan = {
  format: 1,
  application: 'shop',
  component: 'worker',
  configModule: 'celery_operator_settings',
  brokerUrl: { value: 'redis://r' },
  resultBackend: { secretKeyRef: { name: 'a', key: 'b' } },
  ping: { node: 'default', periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1, initialDelaySeconds: 0 },
};

test('what was written is read back', () => {
  assert.equal(parsePlan(JSON.stringify(plan)), plan);
});

test('nothing outside the vocabulary gets through', () => {
  assert.equal(parsePlan(JSON.stringify({ ...plan, securityContext: { privileged: true } })), plan);
  assert.throws(() => parsePlan(JSON.stringify({ ...plan, configModule: 'os' })), 'unknown configModule');
  assert.throws(() => parsePlan(JSON.stringify({ ...plan, format: 2 })), 'reads format 1');
  assert.throws(() => parsePlan(JSON.stringify({ ...plan, brokerUrl: { fieldRef: {} } })), 'unreadable brokerUrl');
  assert.throws(
    () => parsePlan(JSON.stringify({ ...plan, ping: { ...plan.ping, periodSeconds: -1 } })),
    'ping.periodSeconds',
  );
});

test('any text gives a plan or an Error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parsePlan(text);
      } catch (error) {
        assert.instance(error, Error);
      }
    }),
  );
});

test.run();
