import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { CeleryApplication } from '../../application/celery-application.ts';
import { installOperator } from '../../scripts/installation/release.ts';
import type { Target } from '../../scripts/installation/target.ts';
import { cluster, type Namespace, namespace, OPERATOR_NAMESPACE, PATIENCE, SHOP_IMAGE, waitFor } from './cluster.ts';

const example = parse(readFileSync(join(import.meta.dirname, '../../examples/rabbitmq.yaml'), 'utf8')) as object;

let target: Target;
let space: Namespace;

test.before(async () => {
  target = await cluster();
  await installOperator(target, ['--set', 'broker.enabled=true', '--set', 'broker.type=rabbitmq']);
  space = await namespace(target, 'e2e-rabbitmq');
});

test.after(async () => {
  await space.remove();
  await installOperator(target, ['--set', 'broker.enabled=true']);
});

/** Runs a program in RabbitMQ's container. */
const inBroker = (...words: string[]): Promise<string> =>
  target.kubectl(['exec', '--namespace', OPERATOR_NAMESPACE, 'celery-operator-broker-0', '--', ...words]);

/** Sends additions and reads their results in one process: rpc:// gives them to nobody else. */
async function additions(count: number): Promise<string> {
  const name = `add-${Math.random().toString(36).slice(2, 8)}`;
  const program = [
    'from shop.tasks import add',
    `sent = [(i, add.delay(i, i + 1)) for i in range(${count})]`,
    'right = sum(result.get(timeout=120) == 2 * i + 1 for i, result in sent)',
    `print(f"right {right} of ${count}")`,
  ].join('\n');
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'celeryproject.org/application': 'rabbitmq' } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      containers: [
        { name: 'add', image: SHOP_IMAGE, imagePullPolicy: 'IfNotPresent', command: ['python', '-c', program] },
      ],
    },
  };
  await space.kubectl(['create', '-f', '-'], JSON.stringify(pod));
  await waitFor(`${count} results`, PATIENCE, async () => {
    const found = await space.get<{ status?: { phase?: string } }>('pod', name);
    return found?.status?.phase === 'Succeeded' || found?.status?.phase === 'Failed';
  });
  return space.kubectl(['logs', name]);
}

test('the example becomes ready on the bundled RabbitMQ', async () => {
  await space.apply(example);
  const application = await space.ready('rabbitmq');
  assert.is(application.status?.broker, 'amqp://celery-operator-broker.celery-operator.svc');
});

test('it has a virtual host of its own, and its queue lies there', async () => {
  assert.ok((await inBroker('rabbitmqctl', '-q', 'list_vhosts', 'name')).split('\n').includes('e2e-rabbitmq.rabbitmq'));
  const queues = await inBroker('rabbitmqctl', '-q', 'list_queues', '-p', 'e2e-rabbitmq.rabbitmq', 'name');
  assert.ok(queues.split('\n').includes('celery'), queues);
});

test('results come back right by rpc://', async () => {
  assert.match(await additions(500), 'right 500 of 500');
});

test('the worker answers a ping, and its liveness script says so', async () => {
  const [pod] = await space.workers('rabbitmq');
  const verdict = await space.kubectl(['exec', pod?.metadata.name ?? '', '--', 'sh', '/etc/celery/liveness.sh']);
  assert.match(verdict, 'pass: node answered');
});

test('a RabbitMQ that is away is said, and is found again without anybody’s help', async () => {
  const statefulSet = ['statefulset/celery-operator-broker', '--namespace', OPERATOR_NAMESPACE];
  await target.kubectl(['scale', ...statefulSet, '--replicas=0']);
  try {
    // Any edit has the controller look at once.
    await space.kubectl([
      'patch',
      'celeryapp/rabbitmq',
      '--type=merge',
      '-p',
      '{"spec":{"env":[{"name":"A","value":"b"}]}}',
    ]);
    const condition = await waitFor('the condition', PATIENCE, async () => {
      const found = await space.get<CeleryApplication>('celeryapp', 'rabbitmq');
      return found?.status?.conditions?.find(
        ({ type, reason }) => type === 'Ready' && reason === 'BundledBrokerUnavailable',
      );
    });
    assert.match(condition.message, /RabbitMQ at celery-operator-broker\.celery-operator\.svc:15672 does not answer/);
  } finally {
    await target.kubectl(['scale', ...statefulSet, '--replicas=1']);
  }
  await space.ready('rabbitmq');
  // Without a volume the virtual host was lost: it has been made again.
  assert.match(await additions(100), 'right 100 of 100');
});

test.run();
