import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChildObject } from '../application/child-object.ts';
import { scalingVerdict } from './scaling-status.ts';

const name = 'shop-worker-a';
const verdict = (kind: 'ScaledObject' | 'HorizontalPodAutoscaler', conditions?: object[]) => {
  const object: ChildObject = { kind, metadata: { name }, status: { conditions } };
  return scalingVerdict('shop', [{ pool: 'a', kind }], new Map([[`${kind}/${name}`, object]]));
};

test('no pool with an autoscaler: nothing to say', () => {
  assert.is(scalingVerdict('shop', [], new Map()), undefined);
});

test('a ScaledObject speaks for itself', () => {
  assert.equal(verdict('ScaledObject', [{ type: 'Ready', status: 'True' }])?.ok, true);
  assert.is(
    verdict('ScaledObject', [{ type: 'Ready', status: 'False', reason: 'X', message: 'no broker' }])?.message,
    'pool a: its ScaledObject is not ready: X: no broker',
  );
  assert.match(verdict('ScaledObject')?.message ?? '', /KEDA has not looked/);
  const fallback = verdict('ScaledObject', [
    { type: 'Ready', status: 'True' },
    { type: 'Fallback', status: 'True', reason: 'FallbackExists', message: 'm' },
  ]);
  assert.equal([fallback?.ok, fallback?.reason], [false, 'AutoscalerNotReady']);
});

test('a HorizontalPodAutoscaler that cannot measure says so, one at 0 is no problem', () => {
  const failing = { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'm' };
  assert.is(
    verdict('HorizontalPodAutoscaler', [failing])?.message,
    'pool a: its HorizontalPodAutoscaler cannot scale: FailedGetResourceMetric: m',
  );
  assert.ok(verdict('HorizontalPodAutoscaler', [{ ...failing, reason: 'ScalingDisabled' }])?.ok);
});

test('what hinders us comes before what an autoscaler says', () => {
  const hindrance = { reason: 'KedaNotInstalled', message: 'install it' } as const;
  assert.equal(scalingVerdict('shop', [{ pool: 'a', kind: 'ScaledObject', hindrance }], new Map()), {
    ok: false,
    ...hindrance,
  });
});

test.run();
