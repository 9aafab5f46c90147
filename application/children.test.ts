import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Spec } from './celery-application.ts';
import { children, needsBrokerSecret } from './children.ts';
import { resolve } from './resolve.ts';

function render(spec: Partial<Spec> = {}, secret?: { name: string }) {
  const application: CeleryApplication = {
    metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
    spec: { image: 'shop:1', app: 'shop.celery:app', broker: { url: 'redis://r/0' }, ...spec },
  };
  return children(resolve(application), secret);
}

function celery(spec: Partial<Spec> = {}, secret?: { name: string }) {
  const deployment = render(spec, secret).workloads.find((object) => object.kind === 'Deployment') as
    | Deployment
    | undefined;
  const container = deployment?.spec?.template.spec?.containers.find((entry) => entry.name === 'celery');
  assert.ok(deployment && container);
  return { deployment, container, pod: deployment.spec?.template };
}

test('the shortest application is one pool of one worker', () => {
  const { deployment, container } = celery();
  assert.is(deployment.metadata?.name, 'shop-worker-default');
  assert.is(deployment.spec?.replicas, 1);
  assert.equal(container.args, [
    '-A',
    'shop.celery:app',
    'worker',
    '-n',
    'default@%h',
    '-c',
    '1',
    '-P',
    'prefork',
    '-l',
    'INFO',
    '--without-gossip',
  ]);
});

test('with the agent a shell appends to PYTHONPATH and then becomes Celery', () => {
  const { container } = celery();
  assert.equal(container.command?.slice(0, 2), ['sh', '-c']);
  assert.is(container.command?.[2], `export PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}/etc/celery"; exec celery "$@"`);
  assert.is(container.command?.[3], 'celery');
});

test('without the agent there is no shell, and CELERY_CONFIG comes only where celeryconfig is read', () => {
  const { container } = celery({ agent: 'Disabled' });
  assert.equal(container.command, ['celery']);
  assert.not(container.env?.some((entry) => entry.name === 'CELERY_CONFIG'));
  const { container: plain } = celery({ agent: 'Disabled', app: undefined });
  assert.ok(plain.env?.some((entry) => entry.name === 'CONFIG_MODULE' && entry.value === 'celeryconfig'));
});

test('a template is complete without the webhook', () => {
  const { container, pod } = celery();
  assert.ok(container.livenessProbe);
  assert.ok(container.env?.some((entry) => entry.name === 'CELERY_BROKER_URL'));
  assert.ok(pod?.metadata?.annotations?.['celeryproject.org/injected']);
  assert.is(pod?.metadata?.annotations?.['celeryproject.org/config'], render().configMaps[1]?.metadata?.name);
});

test('a URL that comes from elsewhere is read from the operator’s own Secret, never written out', () => {
  const spec: Partial<Spec> = {
    broker: { bundled: {} },
    resultBackend: { urlFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  };
  const { container } = celery(spec, { name: 'shop-broker-1234' });
  assert.equal(
    container.env?.filter((entry) => entry.valueFrom).map((entry) => entry.valueFrom?.secretKeyRef),
    [
      { name: 'shop-broker-1234', key: 'broker-url' },
      { name: 'shop-broker-1234', key: 'result-backend' },
    ],
  );
  assert.throws(() => render(spec), 'broker Secret');
});

test('only what comes from elsewhere needs a Secret', () => {
  const base = { metadata: { name: 'a' }, spec: { image: 'a', broker: { url: 'redis://r' } } };
  assert.not(needsBrokerSecret(resolve(base)));
  assert.ok(needsBrokerSecret(resolve({ ...base, spec: { ...base.spec, broker: { bundled: {} } } })));
});

test('podTemplate reaches the pod, typed fields win', () => {
  const { container, pod } = celery({
    podTemplate: {
      metadata: { labels: { team: 'shop' } },
      spec: {
        nodeSelector: { disk: 'ssd' },
        containers: [
          { name: 'celery', image: 'other', securityContext: { runAsUser: 1 } },
          { name: 'proxy', image: 'p' },
        ],
      },
    },
  });
  assert.is(container.image, 'shop:1');
  assert.equal(container.securityContext, { runAsUser: 1 });
  assert.equal(pod?.spec?.nodeSelector, { disk: 'ssd' });
  assert.is(pod?.spec?.containers.length, 2);
  assert.is(pod?.metadata?.labels?.team, 'shop');
  assert.is(pod?.metadata?.labels?.['celeryproject.org/pool'], 'default');
});

test('no service variables reach Celery unless the user asks for them', () => {
  assert.is(celery().pod?.spec?.enableServiceLinks, false);
  assert.is(celery({ podTemplate: { spec: { enableServiceLinks: true } } }).pod?.spec?.enableServiceLinks, true);
});

test('a pool’s variables and settings win over the shared ones', () => {
  const { container } = celery({
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
    ],
    workers: [{ name: 'default', env: [{ name: 'B', value: '2' }] }],
  });
  assert.equal(container.env?.slice(0, 2), [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ]);
});

test('equal inputs give equal names, other settings give others', () => {
  const name = (spec: Partial<Spec>) => render(spec).configMaps[1]?.metadata?.name;
  assert.is(name({ config: { a: 1, b: 2 } }), name({ config: { b: 2, a: 1 } }));
  assert.is.not(name({ config: { a: 1 } }), name({ config: { a: 2 } }));
});

test('every child belongs to the application and is found by its labels', () => {
  const { configMaps, workloads } = render();
  for (const object of [...configMaps, ...workloads]) {
    assert.is(object.metadata?.ownerReferences?.[0]?.uid, 'u');
    assert.is(object.metadata?.labels?.['celeryproject.org/application'], 'shop');
    assert.is(object.metadata?.labels?.['app.kubernetes.io/managed-by'], 'celery-operator');
  }
  assert.ok(configMaps.every((configMap) => configMap.immutable));
});

test('names stay DNS labels at their longest', () => {
  const application = {
    metadata: { name: 'a'.repeat(36) },
    spec: { image: 'a', broker: { url: 'redis://r' }, workers: [{ name: 'b'.repeat(18) }] },
  };
  assert.ok((children(resolve(application)).workloads[0]?.metadata?.name ?? '').length <= 63);
});

const ofKind = (spec: Partial<Spec>, kind: string) =>
  render(spec).workloads.filter((object) => object.kind === kind) as { metadata?: { name?: string }; spec?: unknown }[];

test('a suspended application keeps every child and runs none of its pods', () => {
  const spec: Partial<Spec> = { workers: [{ name: 'default', replicas: 3 }] };
  assert.is(celery({ ...spec, suspend: true }).deployment.spec?.replicas, 0);
  const names = (object: Partial<Spec>) => render(object).workloads.map(({ kind, metadata }) => [kind, metadata?.name]);
  assert.equal(names({ ...spec, suspend: true }), names(spec));
});

test('a pool of several may lose one pod at a time, a pool of one has no budget', () => {
  assert.equal(ofKind({}, 'PodDisruptionBudget'), []);
  const [budget] = ofKind({ workers: [{ name: 'default', replicas: 2 }] }, 'PodDisruptionBudget');
  assert.is(budget?.metadata?.name, 'shop-worker-default');
  assert.equal(budget?.spec, {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: celery().deployment.spec?.selector.matchLabels },
  });
});

test('a stated budget is taken as it stands, also for one pod', () => {
  const [budget] = ofKind(
    { workers: [{ name: 'default', podDisruptionBudget: { minAvailable: '50%' } }] },
    'PodDisruptionBudget',
  );
  assert.is((budget?.spec as { minAvailable?: string })?.minAvailable, '50%');
  assert.not('maxUnavailable' in ((budget?.spec ?? {}) as object));
});

test('a stated strategy replaces the default whole', () => {
  assert.equal(celery({ workers: [{ name: 'default', strategy: { type: 'Recreate' } }] }).deployment.spec?.strategy, {
    type: 'Recreate',
  });
});

test('shared sources of the environment come before the pool’s own, which therefore win', () => {
  const { container } = celery({
    envFrom: [{ secretRef: { name: 'shared' } }],
    workers: [{ name: 'default', envFrom: [{ configMapRef: { name: 'own' }, prefix: 'A_' }] }],
  });
  assert.equal(container.envFrom, [{ secretRef: { name: 'shared' } }, { configMapRef: { name: 'own' }, prefix: 'A_' }]);
});

test('typed limits become options, memory in the KiB that Celery counts', () => {
  const { container } = celery({
    workers: [
      {
        name: 'default',
        prefetchMultiplier: 1,
        maxTasksPerChild: 100,
        maxMemoryPerChild: '1.5Mi',
        timeLimitSeconds: 60,
        softTimeLimitSeconds: 50,
      },
    ],
  });
  assert.match(
    container.args?.join(' ') ?? '',
    '--prefetch-multiplier 1 --max-tasks-per-child 100 --max-memory-per-child 1536 --time-limit 60 --soft-time-limit 50',
  );
});

test('pull settings reach the pod', () => {
  const { container, pod } = celery({ imagePullPolicy: 'Always', imagePullSecrets: [{ name: 'registry' }] });
  assert.is(container.imagePullPolicy, 'Always');
  assert.equal(pod?.spec?.imagePullSecrets, [{ name: 'registry' }]);
});

test.run();
