import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, isDeeperThan, MAX_DEPTH } from './decode.ts';
import { ERRORS, WebhookError } from './errors.ts';

const envelope = (request: unknown): string =>
  JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });

function refusal(text: string): WebhookError {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof WebhookError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

test('any text is decoded or refused with one of the known errors', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((json) => envelope(JSON.parse(json))),
  );
  fc.assert(
    fc.property(texts, (text) => {
      assert.ok(Object.values(ERRORS).includes(refusal(text).entry as never));
    }),
  );
});

test('whatever the rest looks like, a uid is answered to', () => {
  const request = fc.dictionary(
    fc.constantFrom('kind', 'operation', 'object', 'oldObject', 'name', 'namespace', 'subResource', '__proto__'),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(request, (rest) => {
      const text = envelope({ ...rest, uid: 'u-1' });
      let uid: string | undefined;
      try {
        uid = decode(text).uid;
      } catch (error) {
        uid = (error as WebhookError).uid;
      }
      assert.is(uid, 'u-1');
    }),
  );
});

test('what an object inherits is not data', () => {
  assert.is(
    refusal('{"__proto__":{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u"}}}').entry,
    ERRORS.notReview,
  );
});

test('refusals do not quote the body', () => {
  assert.not.match(refusal('{"password":"hunter2" x').message, /hunter2|password/);
  const request = { uid: 'u', kind: {}, operation: 'hunter2', object: {} };
  assert.not.match(refusal(envelope(request)).message, /hunter2/);
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('depth is counted in the text as it is in the value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), (value, limit) => {
      assert.is(isDeeperThan(JSON.stringify(value), limit), depthOf(value) > limit);
      assert.is(isDeeperThan(JSON.stringify({ '\\"[{': value }, null, 2), limit), depthOf(value) + 1 > limit);
    }),
  );
});

test('the limit itself is allowed', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.not(isDeeperThan(nested(MAX_DEPTH), MAX_DEPTH));
  assert.ok(isDeeperThan(nested(MAX_DEPTH + 1), MAX_DEPTH));
});

test('a long run of backslashes takes linear time', () => {
  const json = JSON.stringify(['\\'.repeat(1_000_000), '\\"'.repeat(500_000)]);
  const started = performance.now();
  assert.not(isDeeperThan(json, 1));
  assert.ok(performance.now() - started < 2000);
});

test.run();
