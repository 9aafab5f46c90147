import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installOperator, RELEASE, uninstallOperator } from '../../scripts/installation/release.ts';
import { localTarget, type Target } from '../../scripts/installation/target.ts';
import {
  cluster,
  type Namespace,
  namespace,
  OPERATOR_NAMESPACE,
  PATIENCE,
  SHOP_IMAGE,
  shop,
  waitFor,
} from './cluster.ts';

let target: Target;
let space: Namespace;

test.before(async () => {
  target = await cluster();
  await target.helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait']);
});

test.after(async () => {
  await space?.remove();
});

const redisPod = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'redis', labels: { app: 'redis' } },
    spec: {
      containers: [
        {
          name: 'redis',
          image: 'docker.io/library/redis:7',
          imagePullPolicy: 'IfNotPresent',
          args: ['redis-server', '--protected-mode', 'no', '--bind', '0.0.0.0'],
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'redis' },
    spec: { selector: { app: 'redis' }, ports: [{ port: 6379 }] },
  },
];

for (const helm of ['helm3', 'helm4'] as const) {
  test(`${helm}: the packaged chart installs with no values and the operator is ready`, async () => {
    target = localTarget(helm);
    await installOperator(target);
    const ready = await target.kubectl([
      'get',
      'deployment/celery-operator',
      '--namespace',
      OPERATOR_NAMESPACE,
      '-o',
      'jsonpath={.status.readyReplicas}',
    ]);
    assert.is(ready, '2');
  });

  test(`${helm}: installing once more rolls nothing and keeps the certificate of the webhook`, async () => {
    const bundle = (): Promise<string> =>
      target.kubectl([
        'get',
        'validatingwebhookconfiguration/celery-operator',
        '-o',
        'jsonpath={.webhooks[0].clientConfig.caBundle}',
      ]);
    const generation = (): Promise<string> =>
      target.kubectl([
        'get',
        'deployment/celery-operator',
        '--namespace',
        OPERATOR_NAMESPACE,
        '-o',
        'jsonpath={.metadata.generation}',
      ]);
    const before = [await bundle(), await generation()];
    assert.ok((before[0] ?? '').length > 100);
    await installOperator(target);
    assert.equal([await bundle(), await generation()], before);
  });

  test(`${helm}: uninstalling leaves no webhook configuration, and keeps CRD, applications and running workers`, async () => {
    space = await namespace(target, 'e2e-install');
    await space.apply({ apiVersion: 'v1', kind: 'List', items: redisPod });
    await space.apply(
      shop(SHOP_IMAGE, { broker: { url: 'redis://redis:6379/0' }, resultBackend: { url: 'redis://redis:6379/0' } }),
    );
    await space.ready('shop');
    const before = await space.workers('shop');
    await uninstallOperator(target);
    const left = await target.kubectl([
      'get',
      'validatingwebhookconfigurations,mutatingwebhookconfigurations',
      '-o',
      'name',
    ]);
    assert.not.match(left, 'celery');
    await waitFor('the operator’s own objects to be gone', PATIENCE, async () => {
      const kinds = 'all,secrets,configmaps,leases,serviceaccounts,roles,rolebindings,jobs';
      return foreign(await target.kubectl(['get', kinds, '--namespace', OPERATOR_NAMESPACE, '-o', 'name'])) === '';
    });
    await target.kubectl(['get', 'crd', 'celeryapplications.celeryproject.org']);
    assert.ok(await space.get('celeryapp', 'shop'));
    assert.equal(
      (await space.workers('shop')).map((pod) => pod.metadata.uid),
      before.map((pod) => pod.metadata.uid),
    );
  });

  test(`${helm}: a reinstall picks the application up again without touching its workers`, async () => {
    const before = (await space.workers('shop')).map((pod) => pod.metadata.uid);
    await installOperator(target);
    await space.apply(
      shop(SHOP_IMAGE, {
        broker: { url: 'redis://redis:6379/0' },
        resultBackend: { url: 'redis://redis:6379/0' },
        workers: [{ name: 'default', concurrency: 2, replicas: 2 }],
      }),
    );
    await space.ready('shop');
    const after = (await space.workers('shop')).map((pod) => pod.metadata.uid);
    assert.is(after.length, 2);
    assert.ok(before.every((uid) => after.includes(uid)));
    await uninstallOperator(target);
    await space.remove();
  });
}

/** What a namespace has without anybody's doing, and what Helm keeps of a hook that failed, do not count. */
function foreign(names: string): string {
  return names
    .split('\n')
    .filter((name) => name !== '' && !/kube-root-ca\.crt$|serviceaccount\/default$/.test(name))
    .join('\n');
}

test.run();
