import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { baseNames, fullImageName } from './image-name.ts';

test('short names get the host, library and tag that container runtimes give them', () => {
  assert.is(fullImageName('shop'), 'docker.io/library/shop:latest');
  assert.is(fullImageName('shop:1'), 'docker.io/library/shop:1');
  assert.is(fullImageName('acme/shop:1'), 'docker.io/acme/shop:1');
});

test('full names stay, also with a port or a digest', () => {
  assert.is(fullImageName('ghcr.io/acme/shop:1.4'), 'ghcr.io/acme/shop:1.4');
  assert.is(fullImageName('localhost:5000/shop'), 'localhost:5000/shop:latest');
  assert.is(fullImageName('ghcr.io/acme/shop@sha256:00'), 'ghcr.io/acme/shop@sha256:00');
});

test('the images below a Dockerfile are those of FROM, without its own stages and scratch', () => {
  const text =
    'FROM --platform=linux/amd64 node:24-slim AS Build\nRUN x\nFROM build AS again\nfrom scratch\nFROM node:24-slim\n';
  assert.equal(baseNames(text), ['docker.io/library/node:24-slim']);
});

test.run();
