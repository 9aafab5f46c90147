import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { injectPod } from './inject.ts';
import type { InjectionPlan } from './injection-plan.ts';
import { ANNOTATIONS } from './names.ts';

const client: InjectionPlan = {
  format: 1,
  application: 'shop',
  component: 'client',
  brokerUrl: { value: 'redis://r/0' },
  resultBackend: { secretKeyRef: { name: 'shop-broker-1', key: 'result-backend' } },
};
const worker: InjectionPlan = {
  ...client,
  component: 'worker',
  configModule: 'celery_operator_settings',
  ping: { node: 'default', periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 3, initialDelaySeconds: 10 },
};
const CONFIG = 'shop-client-0123';

function inject(pod: Pod, plan: InjectionPlan = client): Pod {
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone(injectPod(pod, plan, CONFIG)), true).newDocument;
}

const env = (pod: Pod, container = 0): Record<string, unknown> =>
  Object.fromEntries(
    (pod.spec?.containers[container]?.env ?? []).map((entry) => [entry.name, entry.value ?? entry.valueFrom]),
  );

test('a bare pod gets the file, its variable, the URLs and the mark, and no probe', () => {
  const pod = inject({ spec: { containers: [{ name: 'web', image: 'a' }] } });
  assert.equal(env(pod), {
    CELERY_OPERATOR_CONFIG: '/etc/celery/config.yaml',
    CELERY_BROKER_URL: 'redis://r/0',
    CELERY_RESULT_BACKEND: { secretKeyRef: { name: 'shop-broker-1', key: 'result-backend' } },
  });
  assert.equal(pod.spec?.volumes, [{ name: 'celery-config', configMap: { name: CONFIG } }]);
  assert.equal(pod.spec?.containers[0]?.volumeMounts, [
    { name: 'celery-config', mountPath: '/etc/celery', readOnly: true },
  ]);
  assert.is(pod.spec?.containers[0]?.livenessProbe, undefined);
  assert.equal(pod.metadata?.annotations, { [ANNOTATIONS.injected]: '0123' });
});

test('CELERY_CONFIG never comes without CONFIG_MODULE', () => {
  assert.is(env(inject({ spec: { containers: [{ name: 'web' }] } })).CELERY_CONFIG, undefined);
  const pod = inject({ spec: { containers: [{ name: 'celery' }] } }, worker);
  assert.is(env(pod).CELERY_CONFIG, '/etc/celery/config.yaml');
  assert.is(env(pod).CONFIG_MODULE, 'celery_operator_settings');
});

test('what the pod sets is never overwritten', () => {
  const pod: Pod = {
    metadata: { annotations: { other: 'kept' } },
    spec: {
      volumes: [{ name: 'celery-config', emptyDir: {} }],
      containers: [
        {
          name: 'celery',
          env: [{ name: 'CELERY_BROKER_URL', value: 'mine' }],
          volumeMounts: [{ name: 'x', mountPath: '/etc/celery' }],
          livenessProbe: { httpGet: { port: 1 } },
        },
      ],
    },
  };
  const result = inject(pod, worker);
  assert.is(env(result).CELERY_BROKER_URL, 'mine');
  assert.equal(result.spec?.volumes, pod.spec?.volumes);
  assert.equal(result.spec?.containers[0]?.volumeMounts, pod.spec?.containers[0]?.volumeMounts);
  assert.equal(result.spec?.containers[0]?.livenessProbe, { httpGet: { port: 1 } });
  assert.is(result.metadata?.annotations?.other, 'kept');
});

test('in a worker only the container named celery is configured, and it gets the ping', () => {
  const pod = inject({ spec: { containers: [{ name: 'proxy' }, { name: 'celery' }] } }, worker);
  assert.equal(pod.spec?.containers[0], { name: 'proxy' });
  assert.equal(pod.spec?.containers[1]?.livenessProbe, {
    exec: { command: ['sh', '/etc/celery/liveness.sh'] },
    initialDelaySeconds: 10,
    periodSeconds: 30,
    timeoutSeconds: 20,
    failureThreshold: 3,
    terminationGracePeriodSeconds: 30,
  });
});

test('an annotation limits injection to some containers of a user’s pod', () => {
  const pod = inject({
    metadata: { annotations: { [ANNOTATIONS.containers]: 'api, jobs' } },
    spec: { containers: [{ name: 'web' }, { name: 'api' }], initContainers: [{ name: 'jobs' }, { name: 'other' }] },
  });
  assert.equal(pod.spec?.containers[0], { name: 'web' });
  assert.ok(env(pod, 1).CELERY_BROKER_URL);
  assert.ok(pod.spec?.initContainers?.[0]?.env);
  assert.equal(pod.spec?.initContainers?.[1], { name: 'other' });
});

test('a user’s pod gets the Python module only when it asks, and keeps its own PYTHONPATH', () => {
  const asked = { annotations: { [ANNOTATIONS.agent]: 'Enabled' } };
  const pod = inject({
    metadata: asked,
    spec: { containers: [{ name: 'a' }, { name: 'b', env: [{ name: 'PYTHONPATH', value: '/app' }] }] },
  });
  assert.is(env(pod, 0).PYTHONPATH, '/etc/celery');
  assert.is(env(pod, 1).PYTHONPATH, '/app:/etc/celery');
  assert.is(env(pod, 0).CONFIG_MODULE, 'celery_operator_settings');
  assert.equal(injectPod(pod, client, CONFIG), []);
});

test('every operation adds; none removes or reads', () => {
  const operations = injectPod({ spec: { containers: [{ name: 'celery' }] } }, worker, CONFIG);
  assert.ok(operations.every((operation) => operation.op === 'add'));
});

const arbitraryPod: fc.Arbitrary<Pod> = fc.record(
  {
    metadata: fc.record(
      {
        annotations: fc.dictionary(
          fc.constantFrom('a', '__proto__', ANNOTATIONS.agent, ANNOTATIONS.containers, ANNOTATIONS.injected),
          fc.constantFrom('Enabled', 'celery,web', ''),
        ),
      },
      { requiredKeys: [] },
    ),
    spec: fc.record({
      containers: fc.array(
        fc.record(
          {
            name: fc.constantFrom('celery', 'web', 'x'),
            env: fc.array(
              fc.record({
                name: fc.constantFrom('CELERY_BROKER_URL', 'CONFIG_MODULE', 'PYTHONPATH', 'A'),
                value: fc.string(),
              }),
            ),
            volumeMounts: fc.array(fc.record({ name: fc.string(), mountPath: fc.constantFrom('/etc/celery', '/x') })),
            unknownField: fc.jsonValue(),
          },
          { requiredKeys: ['name'] },
        ),
        { maxLength: 4 },
      ),
      unknownField: fc.jsonValue(),
    }),
  },
  { requiredKeys: ['spec'] },
);

test('a second pass adds nothing, and what was there is still there', () => {
  fc.assert(
    fc.property(arbitraryPod, fc.constantFrom(client, worker), (pod, plan) => {
      const once = inject(pod, plan);
      assert.equal(injectPod(once, plan, CONFIG), []);
      for (const [index, container] of (pod.spec?.containers ?? []).entries()) {
        const after = once.spec?.containers[index];
        for (const entry of container.env ?? []) {
          if (entry.name !== 'PYTHONPATH')
            assert.ok(after?.env?.some((other) => other.name === entry.name && other.value === entry.value));
        }
        assert.equal(
          (after as { unknownField?: unknown }).unknownField,
          (container as { unknownField?: unknown }).unknownField,
        );
      }
    }),
    { numRuns: 2000 },
  );
});

test.run();
