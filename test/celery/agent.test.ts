import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configJson, configYaml } from '../../celery/config-file.ts';
import { freePort, type Started, start, startRedis, until } from './processes.ts';
import { celeryVenv } from './venv.ts';

const AGENT = join(import.meta.dirname, '..', '..', 'celery', 'agent');
const SETTINGS = { task_default_queue: 'from-the-operator', worker_prefetch_multiplier: 1 };

const APPS = {
  plain: "from celery import Celery\napp = Celery('shop')\n",
  keyword: "from celery import Celery\napp = Celery('shop', task_track_started=True, enable_utc=True)\n",
  object: "from celery import Celery\napp = Celery('shop')\napp.config_from_object('celeryconfig')\n",
  none: undefined,
} as const;
const CELERYCONFIG = "import os, yaml\nglobals().update(yaml.safe_load(open(os.environ['CELERY_OPERATOR_CONFIG'])))\n";

interface Room {
  readonly root: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  redis: Started;
}

for (const version of ['5.7.0', '5.4.0']) {
  const test = suite<{ room: Room }>(`agent on Celery ${version}`);

  test.before(async (context) => {
    const venv = await celeryVenv(version);
    const root = await mkdtemp(join(tmpdir(), 'celery-operator-agent-'));
    const etc = join(root, 'etc');
    await mkdir(etc);
    await cp(join(AGENT, 'celery_operator_settings.py'), join(etc, 'celery_operator_settings.py'));
    await cp(join(AGENT, 'liveness.sh'), join(etc, 'liveness.sh'));
    await writeFile(join(etc, 'config.json'), configJson(SETTINGS));
    await writeFile(join(etc, 'config.yaml'), configYaml(SETTINGS));
    for (const [name, code] of Object.entries(APPS)) {
      await mkdir(join(root, name));
      if (code !== undefined) await writeFile(join(root, name, 'shop.py'), code);
    }
    await writeFile(join(root, 'object', 'celeryconfig.py'), CELERYCONFIG);
    const port = await freePort();
    context.room = {
      root,
      port,
      redis: await startRedis(port),
      environment: {
        PATH: `${join(venv, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
        HOSTNAME: 'shop-1',
        C_FORCE_ROOT: '1',
        CELERY_BROKER_URL: `redis://127.0.0.1:${port}/0`,
        CELERY_OPERATOR_CONFIG: join(etc, 'config.yaml'),
        CELERY_CONFIG: join(etc, 'config.yaml'),
        CONFIG_MODULE: 'celery_operator_settings',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    };
  });

  test.after(async ({ room }) => {
    await room.redis.stop();
    await rm(room.root, { recursive: true, force: true });
  });

  for (const name of Object.keys(APPS) as (keyof typeof APPS)[])
    test(`a worker with ${name === 'none' ? 'no app at all' : `the ${name} app`} starts with the operator's settings`, async ({
      room,
    }) => {
      const worker = startWorker(room, name);
      try {
        await ready(worker);
        assert.match(worker.output(), 'from-the-operator');
      } finally {
        await worker.stop();
      }
    });

  test('a broken settings file is one line on standard error, and the process starts', async ({ room }) => {
    const broken = join(room.root, 'broken');
    await mkdir(broken);
    await cp(join(AGENT, 'celery_operator_settings.py'), join(broken, 'celery_operator_settings.py'));
    await writeFile(join(broken, 'config.json'), '{"broker_password": "hunter2"');
    const worker = startWorker(room, 'plain', { PYTHONPATH: broken });
    try {
      await ready(worker);
      assert.match(worker.output(), 'celery-operator: no settings applied: JSONDecodeError');
      assert.not.match(worker.output(), 'hunter2');
    } finally {
      await worker.stop();
    }
  });

  test('liveness passes until the node has answered, fails only when it falls silent, and passes while the broker is away', async ({
    room,
  }) => {
    const markers = join(room.root, 'markers');
    await mkdir(markers);
    const worker = startWorker(room, 'plain');
    try {
      await ready(worker);
      worker.child.kill('SIGSTOP');
      assert.equal(await ping(room, markers), {
        code: 0,
        line: 'celery-operator liveness: pass: no reply, but it has not answered since its start either',
      });
      worker.child.kill('SIGCONT');
      assert.equal(await ping(room, markers), { code: 0, line: 'celery-operator liveness: pass: node answered' });
      worker.child.kill('SIGSTOP');
      assert.equal(await ping(room, markers), {
        code: 1,
        line: 'celery-operator liveness: fail: no reply from a node that answered before, while the broker works',
      });
      assert.equal((await ping(room, join(room.root, 'absent'), { TMPDIR: join(room.root, 'absent') })).code, 0);
      worker.child.kill('SIGCONT');
      // A frozen broker: the connection stands, nothing comes back.
      room.redis.child.kill('SIGSTOP');
      const frozen = await ping(room, markers, { CELERY_OPERATOR_PING_TIMEOUT: '6' });
      room.redis.child.kill('SIGCONT');
      assert.equal(frozen, {
        code: 0,
        line: 'celery-operator liveness: pass: no result within 4 s, the broker may be frozen',
      });
      await room.redis.stop();
      const away = await ping(room, markers);
      assert.is(away.code, 0);
      assert.match(
        away.line,
        /^celery-operator liveness: pass: (ping ended with code \d+ without a verdict|no result within)/,
      );
    } finally {
      await worker.stop();
      if (room.redis.child.exitCode !== null) room.redis = await startRedis(room.port);
    }
  });

  test('liveness does not load the application, and prints one line without credentials', async ({ room }) => {
    const worker = startWorker(room, 'plain');
    try {
      await ready(worker);
      await mkdir(join(room.root, 'loaded'));
      for (const module of ['shop', 'celeryconfig', 'site_settings'])
        await writeFile(
          join(room.root, 'loaded', `${module}.py`),
          `open(${JSON.stringify(join(room.root, 'loaded', 'witness'))}, 'w')\n`,
        );
      const own = { CELERY_APP: 'shop', APP: 'shop', DJANGO_SETTINGS_MODULE: 'site_settings' };
      const result = await ping(room, room.root, { ...own, CONFIG_MODULE: 'celeryconfig' }, join(room.root, 'loaded'));
      assert.equal(result, { code: 0, line: 'celery-operator liveness: pass: node answered' });
      assert.equal(
        (await ping(room, room.root, own, join(room.root, 'loaded'))).line,
        'celery-operator liveness: pass: node answered',
      );
      await assertAbsent(join(room.root, 'loaded', 'witness'));
      const wrong = await ping(room, room.root, { CELERY_BROKER_URL: `redis://:hunter2@127.0.0.1:${room.port}/0` });
      assert.is(wrong.code, 0);
      assert.not.match(wrong.line, 'hunter2');
    } finally {
      await worker.stop();
    }
  });

  test.run();
}

function startWorker(room: Room, app: keyof typeof APPS, more: NodeJS.ProcessEnv = {}): Started {
  const target = app === 'none' ? [] : ['-A', 'shop'];
  return start('celery', [...target, 'worker', '-n', 'default@shop-1', '-c', '1', '-l', 'INFO'], {
    cwd: join(room.root, app),
    env: { ...room.environment, PYTHONPATH: join(room.root, 'etc'), ...more },
  });
}

async function ready(worker: Started): Promise<void> {
  const over = () => worker.child.exitCode !== null || worker.child.signalCode !== null;
  await until('the worker to be ready', () => worker.output().includes(' ready.') || over(), worker.output);
  assert.ok(worker.output().includes(' ready.'), worker.output());
}

async function ping(
  room: Room,
  markers: string,
  more: NodeJS.ProcessEnv = {},
  cwd = join(room.root, 'plain'),
): Promise<{ code: number | null; line: string }> {
  const probe = start('sh', [join(room.root, 'etc', 'liveness.sh')], {
    cwd,
    env: {
      ...room.environment,
      TMPDIR: markers,
      CELERY_OPERATOR_NODE: 'default',
      CELERY_OPERATOR_PING_TIMEOUT: '20',
      ...more,
    },
  });
  const code = await probe.ended;
  const lines = probe.output().split('\n');
  assert.is(lines.length, 2, probe.output());
  return { code, line: lines[0] ?? '' };
}

async function assertAbsent(path: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  assert.not.ok(existsSync(path), `${path} exists: user code was loaded`);
}
