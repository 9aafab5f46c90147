import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort, type Started, start, startRedis, until } from './processes.ts';
import { celeryVenv } from './venv.ts';

/** Reads its transport options from a variable, as JSON. */
const CODE = `
import json, os
from celery import Celery

app = Celery('shop')
app.conf.update(json.loads(os.environ['SETTINGS']))

@app.task
def add(x, y):
    return x + y
`;
const ASK =
  'from shop import add; print([r.get(timeout=20) for r in [add.delay(i, i) for i in range(50)]] == [2 * i for i in range(50)])';

let root: string;
let redis: Started;
let sentinel: Started;
let environment: NodeJS.ProcessEnv;

test.before(async () => {
  root = await mkdtemp(join(tmpdir(), 'celery-operator-sentinel-'));
  await writeFile(join(root, 'shop.py'), CODE);
  const [port, watcher] = [await freePort(), await freePort()];
  redis = await startRedis(port);
  const config = `port ${watcher}\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 ${port} 1\n`;
  await writeFile(join(root, 'sentinel.conf'), config);
  sentinel = start('redis-server', [join(root, 'sentinel.conf'), '--sentinel']);
  await until('sentinel to watch', () => sentinel.output().includes('+monitor master mymaster'), sentinel.output);
  environment = {
    PATH: `${join(await celeryVenv('5.7.0'), 'bin')}:/usr/bin:/bin`,
    C_FORCE_ROOT: '1',
    // A list, of which the first does not answer.
    CELERY_BROKER_URL: `sentinel://127.0.0.1:${await freePort()}/0;sentinel://127.0.0.1:${watcher}/0`,
    CELERY_RESULT_BACKEND: `sentinel://127.0.0.1:${watcher}/1`,
  };
});

test.after(async () => {
  await sentinel.stop();
  await redis.stop();
  await rm(root, { recursive: true });
});

const worker = (settings: object): Started =>
  start('celery', ['-A', 'shop', 'worker', '-c', '1', '-l', 'INFO'], {
    cwd: root,
    env: { ...environment, SETTINGS: JSON.stringify(settings) },
  });

test('with the master’s name in both transport options tasks and results go through Sentinel', async () => {
  const options = { master_name: 'mymaster' };
  const settings = { broker_transport_options: options, result_backend_transport_options: options };
  const own = worker(settings);
  try {
    await until('the worker to be ready', () => own.output().includes('ready.'), own.output);
    const env = { ...environment, SETTINGS: JSON.stringify(settings) };
    const client = start('python', ['-c', ASK], { cwd: root, env });
    assert.is(await client.ended, 0, client.output());
    assert.match(client.output(), 'True');
  } finally {
    await own.stop();
  }
});

test('without the master’s name a worker never becomes ready', async () => {
  const own = worker({});
  try {
    await until('it to complain', () => /master_name/.test(own.output()), own.output, 30);
    assert.not.match(own.output(), /ready\./);
  } finally {
    await own.stop();
  }
});

test.run();
