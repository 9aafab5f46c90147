import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Spec } from './celery-application.ts';
import { children } from './children.ts';
import type { PodDefaults } from './pod-defaults.ts';
import { resolve } from './resolve.ts';

const DEFAULTS: PodDefaults = {
  labels: { team: 'platform', cost: '1' },
  podSecurityContext: { runAsNonRoot: true, fsGroup: 1 },
  securityContext: { allowPrivilegeEscalation: false },
  resources: { limits: { memory: '256Mi', cpu: '2' } },
  imagePullSecrets: [{ name: 'registry' }],
  nodeSelector: { pool: 'batch' },
  priorityClassName: 'low',
};

function render(defaults: PodDefaults, spec: Partial<Spec> = {}) {
  const application = resolve(
    {
      metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
      spec: { image: 'shop:1', app: 'shop', broker: { url: 'redis://r/0' }, ...spec },
    },
    defaults,
  );
  const deployment = children(application).workloads.find((object) => object.kind === 'Deployment') as Deployment;
  const template = deployment.spec?.template;
  return { deployment, pod: template?.spec, template, container: template?.spec?.containers[0] };
}

test('defaults reach every pod', () => {
  const { pod, template, container } = render(DEFAULTS);
  assert.is(template?.metadata?.labels?.team, 'platform');
  assert.equal(pod?.securityContext, { runAsNonRoot: true, fsGroup: 1 });
  assert.equal(container?.securityContext, { allowPrivilegeEscalation: false });
  assert.equal(container?.resources, DEFAULTS.resources);
  assert.equal(pod?.nodeSelector, { pool: 'batch' });
  assert.equal(pod?.imagePullSecrets, [{ name: 'registry' }]);
  assert.is(pod?.priorityClassName, 'low');
});

test('whatever the application says is stronger', () => {
  const { pod, template } = render(DEFAULTS, {
    podTemplate: {
      metadata: { labels: { team: 'shop' } },
      spec: { securityContext: { fsGroup: 2 }, priorityClassName: 'high' },
    },
  });
  assert.equal([template?.metadata?.labels?.team, template?.metadata?.labels?.cost], ['shop', '1']);
  assert.equal(pod?.securityContext, { runAsNonRoot: true, fsGroup: 2 });
  assert.is(pod?.priorityClassName, 'high');
});

test('a label of the operator’s own cannot be changed by a default', () => {
  const { template } = render({ labels: { 'celeryproject.org/application': 'other' } });
  assert.is(template?.metadata?.labels?.['celeryproject.org/application'], 'shop');
});

test('default resources give way as a whole, wherever the application states some', () => {
  const own = { requests: { memory: '2Gi' } };
  assert.equal(render(DEFAULTS, { workers: [{ name: 'a', resources: own }] }).container?.resources, own);
  const podTemplate = { spec: { containers: [{ name: 'celery', resources: own }] } };
  assert.equal(render(DEFAULTS, { podTemplate }).container?.resources, own);
});

test('concurrency follows the CPUs that a default allows', () => {
  assert.match(render(DEFAULTS).container?.args?.join(' ') ?? '', '-c 2');
});

test('without defaults, or with empty ones, no pod changes', () => {
  const empty = { labels: {}, resources: { limits: {}, requests: {} }, tolerations: [], priorityClassName: '' };
  assert.equal(render(empty).deployment, render({}).deployment);
  assert.not(render({}).deployment.metadata?.annotations);
});

test('a Deployment tells which defaults it was made with', () => {
  const mark = (defaults: PodDefaults) =>
    render(defaults).deployment.metadata?.annotations?.['celeryproject.org/defaults'];
  assert.match(mark(DEFAULTS) ?? '', /^[0-9a-f]{32}$/);
  assert.is.not(mark(DEFAULTS), mark({ ...DEFAULTS, priorityClassName: 'high' }));
});

test.run();
