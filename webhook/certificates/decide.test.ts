import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Candidate, decideAuthority, decideLeaf, decideSigner, type Leaf } from './decide.ts';
import { LIFETIMES } from './lifetimes.ts';

const lifetimes = { ...LIFETIMES, backdate: 5, settle: 10 };
const facts = (issuedAt: number, notAfter: number, fingerprint = 'a') => ({ fingerprint, issuedAt, notAfter });
const candidate = (fingerprint: string, issuedAt: number, publishedSince?: number): Candidate => ({
  ...facts(issuedAt, 10_000, fingerprint),
  publishedSince,
});
const leaf = (more: Partial<Leaf> = {}): Leaf => ({ ...facts(0, 90, 'leaf'), signer: 'a', isTrusted: true, ...more });

test('an authority is made where there is none, and renewed at two thirds of its life', () => {
  assert.ok(decideAuthority(undefined, 0, lifetimes).renew);
  assert.not(decideAuthority(facts(0, 90), 59, lifetimes).renew);
  assert.ok(decideAuthority(facts(0, 90), 60, lifetimes).renew);
  assert.match(decideAuthority(facts(0, 90), 90, lifetimes).reason, /expired/);
});

test('a clock that went back makes new certificates, a small difference does not', () => {
  assert.not(decideAuthority(facts(100, 190), 96, lifetimes).renew);
  assert.match(decideAuthority(facts(100, 190), 94, lifetimes).reason, /clock/);
  assert.match(decideLeaf(leaf({ issuedAt: 100, notAfter: 190 }), candidate('a', 0, 0), 94, lifetimes).reason, /clock/);
});

test('at the first start the only authority signs before it is published', () => {
  assert.is(decideSigner([candidate('a', 0)], 0, lifetimes)?.fingerprint, 'a');
});

test('a new authority signs only when its publication has settled', () => {
  const at = (now: number, publishedSince?: number) =>
    decideSigner([candidate('new', 100, publishedSince), candidate('old', 0, 0)], now, lifetimes)?.fingerprint;
  assert.is(at(101), 'old');
  assert.is(at(105, 104), 'old');
  assert.is(at(114, 104), 'new');
});

test('a process that has just started trusts an old publication at once', () => {
  const found = decideSigner([candidate('new', 0, 100), candidate('old', -500, 100)], 100, lifetimes);
  assert.is(found?.fingerprint, 'new');
});

test('an expired authority signs nothing', () => {
  assert.is(decideSigner([{ ...facts(0, 50), publishedSince: 0 }], 50, lifetimes), undefined);
});

test('a leaf is renewed at two thirds, when it expired, and when another authority signs', () => {
  const signer = candidate('a', 0, 0);
  assert.ok(decideLeaf(undefined, signer, 0, lifetimes).renew);
  assert.not(decideLeaf(leaf(), signer, 59, lifetimes).renew);
  assert.ok(decideLeaf(leaf(), signer, 60, lifetimes).renew);
  assert.ok(decideLeaf(leaf(), signer, 90, lifetimes).renew);
  assert.match(decideLeaf(leaf(), candidate('b', 0, 0), 20, lifetimes).reason, /another authority/);
});

test('a leaf that ends with its authority is not renewed in vain', () => {
  assert.not(decideLeaf(leaf(), { ...candidate('a', 0, 0), notAfter: 90 }, 80, lifetimes).renew);
});

test('after the Secret was deleted a trusted leaf stays until the new authority is known everywhere', () => {
  assert.not(decideLeaf(leaf(), candidate('b', 19, 19), 20, lifetimes).renew);
  assert.ok(decideLeaf(leaf({ isTrusted: false }), candidate('b', 19, 19), 20, lifetimes).renew);
  assert.ok(decideLeaf(leaf(), candidate('b', 19, 19), 29, lifetimes).renew);
});

test.run();
