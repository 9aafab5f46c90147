import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CELERY_APPLICATIONS } from '../../controller/observe.ts';
import { createClient } from '../../kubernetes/client.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';
import type { Target } from '../../scripts/installation/target.ts';
import { kubeconfigPath } from '../../scripts/local-cluster/index.ts';
import {
  CommandFailed,
  type Namespace,
  namespace,
  operator,
  PATIENCE,
  SHOP_IMAGE,
  shop,
  waitFor,
  withoutOperator,
} from './cluster.ts';

let target: Target;
let space: Namespace;

const worker = (own: object): object => ({ workers: [{ name: 'default', ...own }] });

/** What is wrong, and what the answer must say: the field, the problem, the fix. */
const BAD: readonly {
  readonly what: string;
  readonly spec: object;
  readonly name?: string;
  readonly says: readonly string[];
}[] = [
  { what: 'a misspelt field', spec: worker({ replica: 2 }), says: ['spec.workers[0].replica', 'replicas'] },
  {
    what: 'a misspelt setting',
    spec: { config: { task_ack_late: true } },
    says: ['spec.config.task_ack_late', 'task_acks_late'],
  },
  {
    what: 'an old setting name',
    spec: { config: { CELERYD_CONCURRENCY: 4 } },
    says: ['spec.config.CELERYD_CONCURRENCY', 'worker_concurrency'],
  },
  {
    what: 'a setting of the wrong type',
    spec: { config: { task_acks_late: 'yes' } },
    says: ['spec.config.task_acks_late', 'true or false'],
  },
  {
    what: 'a setting that this version lacks',
    spec: { celeryVersion: '5.5', config: { worker_disable_prefetch: true } },
    says: ['spec.config.worker_disable_prefetch', '5.6'],
  },
  {
    what: 'the broker in the settings',
    spec: { config: { broker_url: 'redis://:geheim@r/0' } },
    says: ['spec.config.broker_url', 'spec.broker'],
  },
  {
    what: 'an option that empties the queues',
    spec: worker({ args: ['--purge'] }),
    says: ['spec.workers[0].args[0]', '--purge'],
  },
  {
    what: 'an option that is given twice',
    spec: worker({ concurrency: 2, args: ['-c', '4'] }),
    says: ['spec.workers[0].args[0]', 'concurrency'],
  },
  {
    what: 'a transport that does not exist',
    spec: { broker: { url: 'valkey://r:6379/0' } },
    says: ['spec.broker.url', 'redis://'],
  },
  {
    what: 'two brokers',
    spec: { broker: { url: 'redis://r/0', bundled: {} } },
    says: ['spec.broker', 'exactly one of'],
  },
  {
    what: 'a number that is too small',
    spec: worker({ concurrency: 0 }),
    says: ['spec.workers[0].concurrency', 'greater than or equal to 1'],
  },
  { what: 'a name with dots', spec: {}, name: 'my.shop', says: ['metadata.name', 'no dots'] },
];

test.before(async () => {
  target = await operator();
  space = await namespace(target, 'e2e-refusals');
});

test.after(async () => {
  await space.remove();
});

for (const { what, spec, name, says } of BAD) {
  test(`${what} is refused, by kubectl and by a client that validates nothing, with field, problem and fix`, async () => {
    const object = shop(SHOP_IMAGE, spec, name ?? 'bad') as { metadata: { namespace?: string } };
    const client = createClient(kubeconfigConfig(kubeconfigPath()));
    const answers = [
      await refusal(() => space.kubectl(['create', '-f', '-'], JSON.stringify(object))),
      await refusal(() =>
        client.create(CELERY_APPLICATIONS, {
          ...object,
          metadata: { ...object.metadata, namespace: space.name },
        } as never),
      ),
    ];
    client.close();
    for (const answer of answers) {
      for (const words of says) assert.ok(answer.includes(words), `"${words}" is not in: ${answer}`);
      assert.not(answer.includes('geheim'));
    }
  });
}

test('all findings come at once', async () => {
  const spec = {
    config: { task_ack_late: true, CELERYD_CONCURRENCY: 4 },
    ...worker({ args: ['--purge'], replica: 2 }),
  };
  const answer = await refusal(() =>
    space.kubectl(['create', '-f', '-'], JSON.stringify(shop(SHOP_IMAGE, spec, 'bad'))),
  );
  for (const words of ['task_ack_late', 'CELERYD_CONCURRENCY', '--purge', 'replica'])
    assert.ok(answer.includes(words), answer);
});

test('nothing was created', async () => {
  assert.is(await space.kubectl(['get', 'celeryapp,deployments,pods,secrets', '-o', 'name']), '');
});

test('a warning is shown and the application is accepted', async () => {
  const spec = {
    broker: { url: 'redis://:geheim@nowhere:6379/0' },
    resultBackend: undefined,
    ...worker({ replicas: 0 }),
  };
  const shown = await target.kubectl(
    ['apply', '--namespace', space.name, '-f', '-', '--dry-run=server'],
    JSON.stringify(shop(SHOP_IMAGE, spec, 'warned')),
  );
  assert.match(shown, 'created');
});

test('an application can be deleted in the foreground', async () => {
  await space.apply(shop(SHOP_IMAGE, worker({ replicas: 0 }), 'foreground'));
  await space.ready('foreground');
  await space.kubectl(['delete', 'celeryapp', 'foreground', '--cascade=foreground', '--timeout=60s']);
  await waitFor(
    'its Deployment to go',
    PATIENCE,
    async () => (await space.get('deployment', 'foreground-worker-default')) === undefined,
  );
});

test('with the webhook down a new application is refused, and an old one can be deleted, in the foreground too', async () => {
  for (const name of ['one', 'two']) {
    await space.apply(shop(SHOP_IMAGE, worker({ replicas: 0 }), name));
    await space.ready(name);
  }
  await withoutOperator(target, async () => {
    assert.match(await refusal(() => space.apply(shop(SHOP_IMAGE, {}, 'new'))), 'failed calling webhook');
    await space.kubectl(['label', 'celeryapp', 'one', 'team=shop']);
    await space.kubectl(['delete', 'celeryapp', 'one', '--timeout=60s']);
    await space.kubectl(['delete', 'celeryapp', 'two', '--cascade=foreground', '--timeout=60s']);
  });
});

test('a pod that names an application which does not exist is refused with a sentence', async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'lost', labels: { 'celeryproject.org/application': 'nobody' } },
    spec: { containers: [{ name: 'a', image: SHOP_IMAGE }] },
  };
  const answer = await refusal(() => space.kubectl(['create', '-f', '-'], JSON.stringify(pod)));
  assert.match(answer, 'nobody');
});

async function refusal(write: () => Promise<unknown>): Promise<string> {
  try {
    await write();
  } catch (error) {
    return error instanceof CommandFailed ? error.output : (error as Error).message;
  }
  throw new Error('it was accepted');
}

test.run();
