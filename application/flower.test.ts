import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Service } from 'kubernetes-types/core/v1.js';
import type { Ingress } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Spec } from './celery-application.ts';
import type { ChildObject } from './child-object.ts';
import { children } from './children.ts';
import { type FlowerSpec, flowerUrl } from './flower.ts';
import { resolve } from './resolve.ts';

function resolved(flower: FlowerSpec, spec: Partial<Spec> = {}) {
  const application: CeleryApplication = {
    metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
    spec: { image: 'shop:1', app: 'shop.celery:app', broker: { url: 'redis://r/0' }, ...spec, flower },
  };
  return resolve(application);
}

function render(flower: FlowerSpec, spec: Partial<Spec> = {}) {
  const { workloads, configMaps } = children(resolved(flower, spec));
  const of = <Kind extends ChildObject>(kind: string): Kind | undefined =>
    workloads.find((one) => one.kind === kind && one.metadata?.name === 'shop-flower') as Kind | undefined;
  const deployment = of<Deployment>('Deployment');
  const pod = deployment?.spec?.template;
  const container = pod?.spec?.containers.find(({ name }) => name === 'celery');
  assert.ok(deployment && pod && container);
  return {
    deployment,
    pod,
    container,
    service: of<Service>('Service'),
    ingress: of<Ingress>('Ingress'),
    httpRoute: of('HTTPRoute'),
    claim: of('PersistentVolumeClaim'),
    configMap: configMaps.find((one) => one.metadata?.name?.startsWith('shop-flower-')),
  };
}

const url = (flower: FlowerSpec): string => {
  const application = resolved(flower);
  assert.ok(application.flower);
  return flowerUrl(application, application.flower);
};

test('without spec.flower nothing of it is there', () => {
  const { workloads } = children(
    resolve({ metadata: { name: 'shop' }, spec: { image: 'a', broker: { url: 'redis://r' } } }),
  );
  assert.equal(
    workloads.map(({ kind }) => kind),
    ['Deployment'],
  );
});

test('the shortest Flower is one replica behind a Service, replaced and never doubled', () => {
  const { deployment, container, service, ingress, httpRoute, claim } = render({});
  assert.is(deployment.spec?.replicas, 1);
  assert.equal(deployment.spec?.strategy, { type: 'Recreate' });
  assert.equal(container.args, ['-A', 'shop.celery:app', 'flower', '--port=5555', '--purge_offline_workers=3600']);
  assert.is(container.command?.[2], `export PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}/etc/celery"; exec celery "$@"`);
  assert.equal(service?.spec, {
    type: 'ClusterIP',
    selector: { 'celeryproject.org/application': 'shop', 'app.kubernetes.io/component': 'flower' },
    ports: [{ port: 5555, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
  });
  // Its port has no name, or …/services/shop-flower/proxy would find none.
  assert.equal([ingress, httpRoute, claim], [undefined, undefined, undefined]);
});

test('no variable of a Service reaches Flower, which would read FLOWER_PORT=tcp://… as its port', () => {
  assert.is(render({}).pod.spec?.enableServiceLinks, false);
});

test('it is configured as workers are, and no worker’s probe is on it', () => {
  const { container, configMap, pod } = render({});
  const names = container.env?.map(({ name }) => name) ?? [];
  for (const name of ['CELERY_BROKER_URL', 'CONFIG_MODULE', 'CELERY_CONFIG']) assert.ok(names.includes(name), name);
  assert.is(pod.metadata?.annotations?.['celeryproject.org/config'], configMap?.metadata?.name);
  assert.is(container.livenessProbe?.exec, undefined);
  assert.equal(Object.keys(configMap?.data ?? {}).sort(), [
    'celery_operator_settings.py',
    'config.json',
    'config.yaml',
    'flowerconfig.py',
    'plan.json',
  ]);
});

test('probes ask under the prefix, and over TLS where Flower speaks it', () => {
  const { container } = render({ urlPrefix: 'a/b/', args: ['--certfile=/c', '--keyfile=/k'] });
  for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe])
    assert.equal(probe?.httpGet, { path: '/a/b/healthcheck', port: 'http', scheme: 'HTTPS' });
  assert.is(render({}).container.readinessProbe?.httpGet?.path, '/healthcheck');
});

test('a probe of the user’s own stays as it is', () => {
  const readinessProbe = { exec: { command: ['true'] } };
  const { container } = render({
    podTemplate: { spec: { containers: [{ name: 'celery', readinessProbe }] } },
  });
  assert.equal(container.readinessProbe, readinessProbe);
  assert.ok(container.livenessProbe?.httpGet);
});

test('behind a prefix it also answers without it, unless Python is to be left alone or a file of the user’s own is given', () => {
  const own = '--conf=/etc/celery/flowerconfig.py';
  assert.ok(render({ urlPrefix: '/f' }).container.args?.includes(own));
  assert.ok(!render({ urlPrefix: '/f', args: ['--conf=/x.py'] }).container.args?.includes(own));
  assert.ok(!render({ urlPrefix: '/f' }, { agent: 'Disabled' }).container.args?.includes(own));
});

test('the login comes from the Secret by a variable, never by the command line', () => {
  const { container } = render(
    { basicAuthSecretRef: { name: 'logins', key: 'flower' } },
    { env: [{ name: 'FLOWER_BASIC_AUTH', value: 'x:y' }] },
  );
  assert.equal(
    container.env?.filter(({ name }) => name === 'FLOWER_BASIC_AUTH'),
    [{ name: 'FLOWER_BASIC_AUTH', valueFrom: { secretKeyRef: { name: 'logins', key: 'flower' } } }],
  );
});

test('typed fields and arguments become one command, the user’s words last', () => {
  const { container } = render({ readOnly: true, args: ['--purge-offline-workers=60', '--debug'] });
  assert.equal(container.args?.slice(2), [
    'flower',
    '--port=5555',
    '--read_only=true',
    '--conf=/etc/celery/flowerconfig.py',
    '--purge-offline-workers=60',
    '--debug',
  ]);
});

test('storage is a claim that is mounted, with the state saved each minute', () => {
  const { claim, pod, container } = render({ storage: { size: '1Gi', className: 'fast' } });
  assert.equal(claim?.spec, {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    resources: { requests: { storage: '1Gi' } },
  });
  assert.equal(pod.spec?.volumes?.find(({ name }) => name === 'flower-data')?.persistentVolumeClaim, {
    claimName: 'shop-flower',
  });
  assert.ok(container.volumeMounts?.some(({ mountPath }) => mountPath === '/var/lib/flower'));
  for (const word of ['--persistent=true', '--db=/var/lib/flower/flower', '--state_save_interval=60000'])
    assert.ok(container.args?.includes(word), word);
});

test('the Service is of the type, port and annotations that were asked for', () => {
  const { service } = render({
    service: { type: 'NodePort', port: 80, nodePort: 30555, annotations: { a: 'b' } },
  });
  assert.is(service?.spec?.type, 'NodePort');
  assert.is(service?.spec?.ports?.[0]?.port, 80);
  assert.is(service?.spec?.ports?.[0]?.nodePort, 30555);
  assert.equal(service?.metadata?.annotations, { a: 'b' });
});

test('the Ingress leads to Flower’s pages and not to what it gives without a login', () => {
  const { ingress, container } = render({
    ingress: {
      className: 'nginx',
      host: 'f.example.com',
      path: '/flower',
      tlsSecretName: 'tls',
      annotations: { a: 'b' },
    },
  });
  assert.is(ingress?.spec?.ingressClassName, 'nginx');
  assert.equal(ingress?.spec?.tls, [{ hosts: ['f.example.com'], secretName: 'tls' }]);
  assert.equal(ingress?.metadata?.annotations, { a: 'b' });
  const paths = ingress?.spec?.rules?.[0]?.http?.paths ?? [];
  assert.equal([paths[0]?.path, paths[0]?.pathType], ['/flower/', 'Exact']);
  assert.ok(paths.slice(1).every(({ path, pathType }) => path?.startsWith('/flower/') && pathType === 'Prefix'));
  assert.ok(!paths.some(({ path }) => /metrics|healthcheck/.test(path ?? '')));
  // Without urlPrefix the path is Flower's prefix.
  assert.ok(container.args?.includes('--url_prefix=/flower'));
});

test('the HTTPRoute leads to the same pages, in rules of at most eight matches', () => {
  const { httpRoute } = render({
    service: { port: 80 },
    httpRoute: { parentRefs: [{ name: 'gateway' }], hostnames: ['f.example.com'] },
  });
  const spec = httpRoute?.spec as {
    parentRefs: object[];
    hostnames: string[];
    rules: { matches: { path: { value: string } }[]; backendRefs: object[] }[];
  };
  assert.equal(spec.parentRefs, [{ name: 'gateway' }]);
  assert.equal(spec.hostnames, ['f.example.com']);
  assert.ok(spec.rules.every(({ matches }) => matches.length > 0 && matches.length <= 8));
  assert.equal(spec.rules[1]?.backendRefs, [{ name: 'shop-flower', port: 80 }]);
  assert.equal(spec.rules[0]?.matches[0]?.path, { type: 'Exact', value: '/' });
});

test('its address is the one a person uses', () => {
  assert.is(url({}), 'http://shop-flower.n.svc:5555/');
  assert.is(url({ urlPrefix: '/f', service: { port: 80 } }), 'http://shop-flower.n.svc:80/f/');
  assert.is(url({ ingress: { host: 'a.b', path: '/f' } }), 'http://a.b/f/');
  assert.is(url({ ingress: { host: 'a.b', tlsSecretName: 't' }, urlPrefix: 'x' }), 'https://a.b/x/');
  assert.is(url({ httpRoute: { parentRefs: [{}], hostnames: ['*.c', 'a.c'] } }), 'http://a.c/');
  assert.is(url({ ingress: {} }), 'http://shop-flower.n.svc:5555/');
});

test('every object belongs to the application and is found by its labels', () => {
  const { workloads } = children(
    resolved({ storage: { size: '1Gi' }, ingress: {}, httpRoute: { parentRefs: [{ name: 'g' }] } }),
  );
  const own = workloads.filter(({ metadata }) => metadata?.name === 'shop-flower');
  assert.is(own.length, 5);
  for (const { metadata } of own) {
    assert.is(metadata?.ownerReferences?.[0]?.uid, 'u');
    assert.is(metadata?.labels?.['app.kubernetes.io/component'], 'flower');
  }
});

test.run();
