import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScaledObject, TriggerAuthentication } from './autoscaling.ts';
import type { CeleryApplication, Spec, WorkerSpec } from './celery-application.ts';
import { children, needsBrokerSecret } from './children.ts';
import type { BrokerSecret } from './component.ts';
import { kedaBroker, kedaSecrets } from './keda-broker.ts';
import { resolve } from './resolve.ts';

type Autoscaling = NonNullable<WorkerSpec['autoscaling']>;

function application(autoscaling: Autoscaling, spec: Partial<Spec> = {}, worker: Partial<WorkerSpec> = {}) {
  const object: CeleryApplication = {
    metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
    spec: {
      image: 'shop:1',
      broker: { url: 'redis://redis/2' },
      workers: [{ name: 'default', queues: ['celery'], autoscaling, ...worker }],
      ...spec,
    },
  };
  return resolve(object);
}

function render(autoscaling: Autoscaling, spec?: Partial<Spec>, worker?: Partial<WorkerSpec>, secret?: BrokerSecret) {
  const all = children(application(autoscaling, spec, worker), secret);
  const of = <Value>(kind: string) => all.workloads.find((object) => object.kind === kind) as Value | undefined;
  return {
    all,
    hpa: of<HorizontalPodAutoscaler>('HorizontalPodAutoscaler'),
    scaled: of<ScaledObject>('ScaledObject'),
    authentication: of<TriggerAuthentication>('TriggerAuthentication'),
    deployment: of<{ spec: { replicas?: number } }>('Deployment'),
  };
}

const QUEUE: Autoscaling = { minReplicas: 2, maxReplicas: 5, queueLength: { target: 100 } };

test('CPU alone takes a HorizontalPodAutoscaler on the Celery container, and no KEDA', () => {
  const { hpa, scaled } = render({ maxReplicas: 4, cpu: { averageUtilization: 70 } });
  assert.is(scaled, undefined);
  assert.equal(hpa?.spec?.scaleTargetRef, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-worker-default' });
  assert.equal([hpa?.spec?.minReplicas, hpa?.spec?.maxReplicas], [1, 4]);
  assert.equal(hpa?.spec?.metrics, [
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'celery', target: { type: 'Utilization', averageUtilization: 70 } },
    },
  ]);
  assert.is(hpa?.spec?.behavior?.scaleDown?.stabilizationWindowSeconds, 300);
});

test('a queue is the sum of all its priority lists, by a formula', () => {
  const { scaled, hpa, authentication } = render(QUEUE, {}, { queues: ['celery', 'mail'] });
  assert.is(hpa, undefined);
  assert.is(authentication, undefined);
  assert.equal(
    scaled?.spec.triggers.map(({ name, metadata }) => [name, metadata.listName]),
    [
      ['q0', 'celery'],
      ['q1', 'celery\x06\x163'],
      ['q2', 'celery\x06\x166'],
      ['q3', 'celery\x06\x169'],
      ['q4', 'mail'],
      ['q5', 'mail\x06\x163'],
      ['q6', 'mail\x06\x166'],
      ['q7', 'mail\x06\x169'],
    ],
  );
  assert.equal(scaled?.spec.advanced.scalingModifiers, {
    formula: 'float(q0 + q1 + q2 + q3 + q4 + q5 + q6 + q7)',
    target: '100',
    activationTarget: '0',
    metricType: 'AverageValue',
  });
});

test('KEDA looks from its own namespace, so a short host gets the namespace of the application', () => {
  const metadata = (url: string) => render(QUEUE, { broker: { url } }).scaled?.spec.triggers[0]?.metadata;
  assert.is(metadata('redis://redis/2')?.address, 'redis.n.svc:6379');
  assert.is(metadata('redis://redis/2')?.databaseIndex, '2');
  assert.is(metadata('redis://redis.data.svc/2')?.address, 'redis.data.svc:6379');
  assert.is(metadata('redis://[fd00::1]:1234')?.address, '[fd00::1]:1234');
});

test('no credential stands in a ScaledObject: a literal password goes into a Secret too', () => {
  const spec: Partial<Spec> = { broker: { url: 'redis://me:hunter2@redis/0' } };
  assert.ok(needsBrokerSecret(application(QUEUE, spec)));
  assert.not(needsBrokerSecret(application(QUEUE)));
  assert.not(needsBrokerSecret(application({ maxReplicas: 2, cpu: { averageUtilization: 1 } }, spec)));
  const { all, scaled, authentication } = render(QUEUE, spec, {}, { name: 'shop-broker-1' });
  const autoscalers = all.workloads.filter((object) => object.kind !== 'Deployment');
  assert.not.match(JSON.stringify(autoscalers), 'hunter2');
  assert.equal(authentication?.spec.secretTargetRef, [
    { parameter: 'username', name: 'shop-broker-1', key: 'redis-username' },
    { parameter: 'password', name: 'shop-broker-1', key: 'redis-password' },
  ]);
  assert.equal(scaled?.spec.triggers[0]?.authenticationRef, { name: 'shop-worker-default' });
  assert.equal(kedaSecrets('redis://me:hunter2@redis/0', {}, 'n'), {
    'redis-username': 'me',
    'redis-password': 'hunter2',
  });
});

test('switching autoscaling on or off changes no pod template', () => {
  const spec: Partial<Spec> = { broker: { url: 'redis://:hunter2@redis/0' } };
  const template = (autoscaling: Autoscaling | undefined) => {
    const resolved = application(autoscaling ?? QUEUE, spec, { ...(autoscaling === undefined ? { autoscaling } : {}) });
    const deployment = children(resolved, { name: 'shop-broker-1' }).workloads.find(
      ({ kind }) => kind === 'Deployment',
    );
    return (deployment?.spec as { template: unknown } | undefined)?.template;
  };
  assert.equal(template(QUEUE), template(undefined));
});

test('a broker from a Secret is read as the controller found it', () => {
  const url = 'amqp://u:p@rabbit/shop';
  const keda = kedaBroker(url, {}, 'n');
  assert.ok(keda);
  const { scaled, authentication } = render(QUEUE, { broker: { bundled: {} } }, {}, { name: 's', keda });
  assert.equal(scaled?.spec.triggers, [
    {
      type: 'rabbitmq',
      name: 'q0',
      metadata: { protocol: 'amqp', mode: 'QueueLength', queueName: 'celery', value: '100' },
      authenticationRef: { name: 'shop-worker-default' },
    },
  ]);
  assert.equal(authentication?.spec.secretTargetRef, [{ parameter: 'host', name: 's', key: 'rabbitmq-host' }]);
  assert.equal(kedaSecrets(url, {}, 'n'), { 'rabbitmq-host': 'amqp://u:p@rabbit.n.svc:5672/shop' });
  assert.is(kedaSecrets('amqp://rabbit//', {}, 'n')['rabbitmq-host'], 'amqp://guest:guest@rabbit.n.svc:5672/%2F');
});

test('Sentinel and TLS are told as the settings say', () => {
  const settings = {
    broker_transport_options: { master_name: 'm', sentinel_kwargs: { password: 'sp' } },
    broker_use_ssl: { ssl_cert_reqs: 'none' },
  };
  const url = 'sentinel://:p@a:26379/1;sentinel://:p@b:26379/1';
  const broker = kedaBroker(url, settings, 'n');
  assert.is(broker?.type, 'redis-sentinel');
  assert.equal(broker?.metadata, {
    addresses: 'a.n.svc:26379,b.n.svc:26379',
    sentinelMaster: 'm',
    databaseIndex: '1',
    enableTLS: 'true',
    unsafeSsl: 'true',
  });
  assert.equal(kedaSecrets(url, settings, 'n'), { 'redis-password': 'p', 'sentinel-password': 'sp' });
  assert.is(kedaBroker(url, {}, 'n'), undefined);
});

test('a broker that KEDA cannot read is told, and the workers stay', () => {
  const { all, scaled, deployment } = render({ ...QUEUE, minReplicas: 3 }, { broker: { url: 'sqs://' } });
  assert.is(scaled, undefined);
  assert.is(deployment?.spec.replicas, 3);
  assert.match(all.scaled[0]?.problem ?? '', /pool default: KEDA cannot read/);
});

test('at zero a new ScaledObject waits before it sends anybody home, and failures keep the number', () => {
  const { scaled, deployment } = render({ ...QUEUE, minReplicas: 0, cooldownPeriodSeconds: 60 });
  assert.is(scaled?.spec.minReplicaCount, 0);
  assert.equal([scaled?.spec.initialCooldownPeriod, scaled?.spec.cooldownPeriod], [60, 60]);
  assert.equal(scaled?.spec.fallback, { failureThreshold: 3, replicas: 1, behavior: 'currentReplicasIfHigher' });
  assert.is(deployment?.spec.replicas, 1);
  assert.is(render(QUEUE).scaled?.spec.cooldownPeriod, undefined);
  assert.is(render(QUEUE).scaled?.spec.initialCooldownPeriod, 300);
});

test('triggers are passed on as they are; CPU beside a queue is a trigger too', () => {
  const cron = {
    type: 'cron',
    metadata: { timezone: 'UTC', start: '0 8 * * *', end: '0 18 * * *', desiredReplicas: '4' },
  };
  const { scaled } = render({ maxReplicas: 4, triggers: [cron] });
  assert.equal(scaled?.spec.triggers, [cron]);
  assert.is(scaled?.spec.advanced.scalingModifiers, undefined);
  const both = render({ ...QUEUE, cpu: { averageUtilization: 70 }, memory: { averageValue: '1Gi' } }).scaled;
  assert.equal(both?.spec.triggers.slice(-2), [
    { type: 'cpu', metricType: 'Utilization', metadata: { value: '70', containerName: 'celery' } },
    { type: 'memory', metricType: 'AverageValue', metadata: { value: '1Gi', containerName: 'celery' } },
  ]);
});

test('without a list of queues the default queue counts', () => {
  const lists = (config: Spec['config']) =>
    render(QUEUE, { config }, { queues: [] }).scaled?.spec.triggers.map(({ metadata }) => metadata.listName)[0];
  assert.is(lists({}), 'celery');
  assert.is(lists({ task_default_queue: 'shop' }), 'shop');
});

test('a behaviour that says nothing of scaling in still has a window', () => {
  const behavior = { scaleUp: { stabilizationWindowSeconds: 5 }, scaleDown: { selectPolicy: 'Min' } };
  assert.equal(render({ ...QUEUE, behavior }).scaled?.spec.advanced.horizontalPodAutoscalerConfig.behavior, {
    scaleUp: { stabilizationWindowSeconds: 5 },
    scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Min' },
  });
});

test('suspended, KEDA is told to keep the pool at 0, and nothing else of the autoscaler changes', () => {
  const awake = render(QUEUE);
  const asleep = render(QUEUE, { suspend: true });
  assert.is(awake.scaled?.metadata.annotations, undefined);
  assert.equal(asleep.scaled?.metadata.annotations, { 'autoscaling.keda.sh/paused-replicas': '0' });
  assert.equal(asleep.scaled?.spec, awake.scaled?.spec);
  assert.equal([awake.deployment?.spec.replicas, asleep.deployment?.spec.replicas], [2, 0]);
  const plain = render({ maxReplicas: 4, cpu: { averageUtilization: 70 } }, { suspend: true });
  assert.equal([plain.hpa?.metadata?.annotations, plain.deployment?.spec.replicas], [undefined, 0]);
});

test('a disruption budget follows what the autoscaler may start', () => {
  const kinds = (maxReplicas: number) =>
    render({ maxReplicas, queueLength: { target: 1 } }, {}, { replicas: 3 }).all.workloads.map(({ kind }) => kind);
  assert.ok(kinds(2).includes('PodDisruptionBudget'));
  assert.not(kinds(1).includes('PodDisruptionBudget'));
});

test.run();
