import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding } from '../application/finding.ts';
import type { AdmissionRequest, AdmissionResponse, JsonObject } from './admission.ts';
import { validator } from './validate.ts';

const finding = (severity: Finding['severity'], at = 1, problem = 'is wrong'): Finding => ({
  code: `CEL00${at}`,
  severity,
  path: `spec.f${at}`,
  problem,
  fix: 'mend it',
});
const request = (more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  kind: { group: 'celeryproject.org', version: 'v1beta1', kind: 'CeleryApplication' },
  operation: 'CREATE',
  name: 'shop',
  namespace: 'ns',
  dryRun: false,
  object: { spec: { image: 'a' } },
  ...more,
});
const ask = (found: readonly Finding[], more: Partial<AdmissionRequest> = {}): AdmissionResponse =>
  validator(() => found)(request(more), { signal: new AbortController().signal, budget: 1000 }) as AdmissionResponse;

test('an application without findings passes', () => assert.equal(ask([]), { uid: 'u', allowed: true }));

test('errors refuse, each with its place in the message and as a cause, warnings come along', () => {
  const { allowed, status, warnings } = ask([finding('error', 1), finding('warning', 2), finding('error', 3)]);
  assert.not(allowed);
  assert.is(status?.code, 422);
  assert.is(
    status?.message,
    'CeleryApplication "shop" is refused: 2 errors\n* spec.f1: is wrong; mend it [CEL001]\n* spec.f3: is wrong; mend it [CEL003]',
  );
  assert.equal(status?.details?.causes?.[0], {
    field: 'spec.f1',
    reason: 'CEL001',
    message: 'is wrong; mend it [CEL001]',
  });
  assert.equal(warnings, ['spec.f2: is wrong; mend it [CEL002]']);
});

test('one error is one error', () => assert.match(ask([finding('error')]).status?.message ?? '', /refused: 1 error\n/));

test('an object that the API server has yet to name is called by its prefix', () => {
  const object: JsonObject = { metadata: { generateName: 'shop-' }, spec: {} };
  const { name: _name, ...rest } = request({ object });
  const response = validator(() => [finding('error')])(rest, {
    signal: new AbortController().signal,
    budget: 1,
  }) as AdmissionResponse;
  assert.match(response.status?.message ?? '', /"shop-"/);
});

test('a long warning is cut with its code kept, and many are summed up', () => {
  const { warnings = [] } = ask([
    finding('warning', 1, 'x'.repeat(1000)),
    ...Array.from({ length: 30 }, () => finding('warning', 2)),
  ]);
  assert.ok((warnings[0] ?? '').length <= 256);
  assert.match(warnings[0] ?? '', /… \[CEL001\]$/);
  assert.is(warnings.length, 16);
  assert.match(warnings.at(-1) ?? '', /16 more warnings/);
});

test('a hundred errors make a bounded answer', () => {
  const { status } = ask(Array.from({ length: 100 }, () => finding('error')));
  assert.is(status?.details?.causes?.length, 50);
  assert.match(status?.message ?? '', /100 errors[\s\S]*and 50 more$/);
});

const broken = [finding('error')];
test('the rules are not asked where the spec does not change', () => {
  assert.ok(ask(broken, { operation: 'UPDATE', oldObject: { spec: { image: 'a' } } }).allowed);
  assert.not(ask(broken, { operation: 'UPDATE', oldObject: { spec: { image: 'b' } } }).allowed);
  assert.ok(ask(broken, { operation: 'DELETE' }).allowed);
  assert.ok(ask(broken, { subResource: 'status' }).allowed);
  assert.ok(ask(broken, { object: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, spec: {} } }).allowed);
});

test('another kind is a fault of the configuration', () => {
  assert.throws(() => ask([], { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }), /apps\/v1 Deployment/);
});

test.run();
