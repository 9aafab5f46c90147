import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { groupOf, groups, groupVersion, linkerFlags, requiredVersion, selectGroups } from './groups.ts';

const names = (selection?: Parameters<typeof selectGroups>[0]): string[] => selectGroups(selection).map((g) => g.name);

test('a build without a selection takes everything but the optional groups, the control plane first', () => {
  assert.equal(names().slice(0, 2), ['kubernetes', 'etcd']);
  assert.not(names().includes('keda'));
});

test('--only, --with and --all', () => {
  assert.equal(names({ only: ['etcd', 'helm3'] }), ['etcd', 'helm3']);
  assert.ok(names({ with: ['keda'] }).includes('keda'));
  assert.is(names({ all: true }).length, groups.length);
  assert.throws(() => names({ only: ['nosuch'] }), /unknown group "nosuch"; there are kubernetes,/);
});

test('the version comes from go.mod, in a require block or on a line of its own', () => {
  assert.is(requiredVersion('require (\n\texample.org/a v1.2.3 // indirect\n)', 'example.org/a'), 'v1.2.3');
  assert.is(requiredVersion('require example.org/a v0.1.0', 'example.org/a'), 'v0.1.0');
  assert.throws(
    () => requiredVersion('replace example.org/a => example.org/b v1.0.0', 'example.org/a'),
    /does not require/,
  );
});

test('every group has a go.mod that requires its module', () => {
  for (const group of groups) assert.match(groupVersion(group), /^v\d+\.\d+/);
});

test('Kubernetes is stamped with its version, for Helm and for clients', () => {
  const flags = linkerFlags(groupOf('kube-apiserver'));
  assert.match(flags, /-X k8s\.io\/component-base\/version\.gitVersion=v1\.\d+\.\d+/);
  assert.match(flags, /gitMajor=1 /);
});

test.run();
