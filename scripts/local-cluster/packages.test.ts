import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { missingPackages } from './packages.ts';

test('a package that is only configured, or unknown, is missing', () => {
  const status =
    'Package: runc\nStatus: install ok installed\nVersion: 1\n\nPackage: buildah\nStatus: deinstall ok config-files\n';
  assert.equal(missingPackages(['runc', 'buildah', 'nftables'], status), ['buildah', 'nftables']);
});

test.run();
