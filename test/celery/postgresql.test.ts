import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ensurePackages } from '../../scripts/local-cluster/packages.ts';
import { freePort, type Started, start, startRedis, until } from './processes.ts';
import { celeryVenv } from './venv.ts';

const CODE = "from celery import Celery\napp = Celery('shop')\n\n@app.task\ndef add(x, y):\n    return x + y\n";
const ASK =
  'from shop import add; print([r.get(timeout=30) for r in [add.delay(i, i) for i in range(50)]] == [2 * i for i in range(50)])';

let root: string;
let redis: Started;
let database: Started;
let environment: NodeJS.ProcessEnv;
let count: (table: string) => string;

/** PostgreSQL of the test's own, on loopback alone. It refuses to run as root. */
async function startPostgresql(directory: string, port: number): Promise<Started> {
  await ensurePackages(['postgresql'], () => {});
  const version = readdirSync('/usr/lib/postgresql').sort().at(-1) ?? '';
  const bin = join('/usr/lib/postgresql', version, 'bin');
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const user = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  const data = join(directory, 'data');
  await mkdir(data);
  if (user.uid !== undefined) await chown(data, user.uid, user.gid);
  await writeFile(join(directory, 'password'), 'p/w@x', { mode: 0o644 });
  const init = ['-D', data, '-U', 'shop', '-A', 'scram-sha-256', `--pwfile=${directory}/password`, '--no-sync'];
  execFileSync(join(bin, 'initdb'), init, { ...user, cwd: '/', stdio: 'pipe' });
  count = (table) =>
    execFileSync(
      join(bin, 'psql'),
      ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'shop', '-Atc', `select count(*) from ${table}`, 'postgres'],
      {
        env: { PGPASSWORD: 'p/w@x', PATH: process.env.PATH },
        encoding: 'utf8',
      },
    ).trim();
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'];
  const started = start(join(bin, 'postgres'), args, { ...user, cwd: '/' });
  await until('PostgreSQL to be ready', () => started.output().includes('ready to accept connections'), started.output);
  return started;
}

test.before(async () => {
  root = await mkdtemp(join(tmpdir(), 'celery-operator-postgresql-'));
  execFileSync('chmod', ['755', root]);
  await writeFile(join(root, 'shop.py'), CODE);
  const [port, databasePort] = [await freePort(), await freePort()];
  redis = await startRedis(port);
  database = await startPostgresql(root, databasePort);
  environment = {
    PATH: `${join(await celeryVenv('5.7.0', 'sqlalchemy', 'psycopg2-binary'), 'bin')}:/usr/bin:/bin`,
    C_FORCE_ROOT: '1',
    CELERY_BROKER_URL: `redis://127.0.0.1:${port}/0`,
    CELERY_RESULT_BACKEND: `db+postgresql+psycopg2://shop:${encodeURIComponent('p/w@x')}@127.0.0.1:${databasePort}/postgres`,
  };
});

test.after(async () => {
  await database?.stop();
  await redis?.stop();
  await rm(root, { recursive: true });
});

test('results are kept in PostgreSQL, with a password that has to be encoded', async () => {
  const worker = start('celery', ['-A', 'shop', 'worker', '-c', '2', '-l', 'INFO'], { cwd: root, env: environment });
  try {
    await until('the worker to be ready', () => worker.output().includes('ready.'), worker.output);
    const client = start('python', ['-c', ASK], { cwd: root, env: environment });
    assert.is(await client.ended, 0, client.output());
    assert.match(client.output(), 'True');
    assert.is(count('celery_taskmeta'), '50');
  } finally {
    await worker.stop();
  }
});

test('postgresql:// without db+ is no result backend: the worker ends', async () => {
  const url = environment.CELERY_RESULT_BACKEND?.replace('db+postgresql+psycopg2', 'postgresql');
  const env = { ...environment, CELERY_RESULT_BACKEND: url };
  const worker = start('celery', ['-A', 'shop', 'worker', '-c', '1', '-l', 'INFO'], { cwd: root, env });
  assert.is.not(await worker.ended, 0);
  assert.match(worker.output(), "No module named 'postgresql'");
});

test.run();
