import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { corefile, upstreamServers } from './addons.ts';
import { fetchesToolchains } from './go.ts';
import { opensslConfig } from './pki.ts';
import { hasSysAdmin } from './require-root.ts';

test('CoreDNS forwards to nameservers that a pod can reach, and not at all without one', () => {
  assert.equal(upstreamServers('nameserver 127.0.0.53\nnameserver 192.0.2.1\n#nameserver 192.0.2.2'), ['192.0.2.1']);
  assert.match(corefile(['192.0.2.1']), /forward \. 192\.0\.2\.1/);
  assert.not.match(corefile([]), /forward/);
});

test('Go before 1.21 cannot fetch a toolchain', () => {
  assert.not(fetchesToolchains('go version go1.19.8 linux/amd64'));
  assert.ok(fetchesToolchains('go version go1.26.8 linux/amd64'));
});

test('a certificate with hosts may serve, one without may not', () => {
  const config = opensslConfig({ name: 'x', commonName: 'x', hosts: ['10.0.0.1', 'localhost'] }, false);
  assert.match(config, /clientAuth, serverAuth/);
  assert.match(config, /IP\.1 = 10\.0\.0\.1\nDNS\.2 = localhost/);
  assert.not.match(opensslConfig({ name: 'x', commonName: 'x' }, false), /serverAuth/);
});

test('CAP_SYS_ADMIN is read from the effective set', () => {
  assert.ok(hasSysAdmin('CapPrm:\t0\nCapEff:\t000001fffeffffff\n'));
  assert.not(hasSysAdmin('CapEff:\t00000000a80425fb\n'));
});

test.run();
