import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildBeatCommand } from '../../celery/command-line/beat.ts';
import { configJson, configYaml } from '../../celery/config-file.ts';
import { cronProblem } from '../../celery/crontab.ts';
import { freePort, type Started, start, startRedis, until } from './processes.ts';
import { celeryVenv } from './venv.ts';

const AGENT = join(import.meta.dirname, '..', '..', 'celery', 'agent');
const SETTINGS = {
  beat_sync_every: 1,
  beat_remote_control_max_tick_age: 2,
  beat_schedule: {
    often: { task: 'mark', schedule: 1 },
    text: { task: 'mark', schedule: '*/5 9-17 * jan-mar mon-fri' },
    map: { task: 'mark', schedule: { crontab: '0 4 1 2 *' } },
  },
};

const SCHEDULERS = `
import time
from celery.beat import Scheduler
class Own(Scheduler):
    def tick(self, **kwargs):
        super().tick(**kwargs)
        return 4
class Stalling(Scheduler):
    def tick(self, **kwargs):
        time.sleep(600)
`;
const APPS = {
  plain: `from celery import Celery\napp = Celery('shop')\n${SCHEDULERS}`,
  keyword: "from celery import Celery\napp = Celery('shop', enable_utc=True)\n",
  object: "from celery import Celery\napp = Celery('shop')\napp.config_from_object('celeryconfig')\n",
  none: undefined,
} as const;
const CELERYCONFIG = "import os, yaml\nglobals().update(yaml.safe_load(open(os.environ['CELERY_OPERATOR_CONFIG'])))\n";

/** Reads cron strings from standard input and names those that the agent cannot turn into a crontab. */
const READ = `
import json, sys
from celery_operator_beat import with_crontabs
texts = json.load(sys.stdin)
entries = with_crontabs({str(index): {'task': 'a', 'schedule': text} for index, text in enumerate(texts)})
print(json.dumps([text for index, text in enumerate(texts) if str(index) not in entries]))
`;

const value = (most: number, least = 0) => fc.integer({ min: Math.max(0, least - 1), max: most + 2 }).map(String);
const field = (most: number, least: number, names: readonly string[]) => {
  const one = names.length === 0 ? value(most, least) : fc.oneof(value(most, least), fc.constantFrom(...names));
  const part = fc.oneof(
    fc.constant('*'),
    one,
    fc.tuple(one, one).map(([a, b]) => `${a}-${b}`),
    fc.tuple(fc.constantFrom('*', '1-5', '0-6', '3'), fc.integer({ min: 0, max: 8 })).map(([a, b]) => `${a}/${b}`),
    fc.constantFrom('?', 'L', '', '-1', '*-2', '1-', 'mon#1'),
  );
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
};
const cron = fc
  .tuple(
    field(59, 0, []),
    field(23, 0, []),
    field(31, 1, []),
    field(12, 1, ['jan', 'December', 'MAR']),
    field(6, 0, ['sun', 'Monday', 'FRI']),
  )
  .map((fields) => fields.join(' '));

interface Room {
  readonly root: string;
  readonly bin: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  redis: Started;
}

for (const version of ['5.7.0', '5.4.0']) {
  const test = suite<{ room: Room }>(`beat on Celery ${version}`);

  test.before(async (context) => {
    const bin = join(await celeryVenv(version), 'bin');
    const root = await mkdtemp(join(tmpdir(), 'celery-operator-beat-'));
    const etc = join(root, 'etc');
    await cp(AGENT, etc, { recursive: true });
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
      bin,
      port,
      redis: await startRedis(port),
      environment: {
        PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
        HOSTNAME: 'shop-beat-0',
        CELERY_BROKER_URL: `redis://127.0.0.1:${port}/0`,
        CELERY_OPERATOR_CONFIG: join(etc, 'config.yaml'),
        CELERY_CONFIG: join(etc, 'config.yaml'),
        CONFIG_MODULE: 'celery_operator_settings',
        PYTHONPATH: etc,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONUNBUFFERED: '1',
      },
    };
  });

  test.after(async ({ room }) => {
    await room.redis.stop();
    await rm(room.root, { recursive: true, force: true });
  });

  test('the agent makes a crontab of every cron string that admission accepts', ({ room }) => {
    const accepted = [
      ...new Set(fc.sample(cron, { numRuns: 6000, seed: 7 }).filter((text) => cronProblem(text) === undefined)),
    ];
    assert.ok(accepted.length > 100, `${accepted.length} strings`);
    const output = execFileSync(join(room.bin, 'python'), ['-c', READ], {
      input: JSON.stringify(accepted),
      encoding: 'utf8',
      env: room.environment,
    });
    assert.equal(JSON.parse(output), []);
  });

  for (const name of Object.keys(APPS) as (keyof typeof APPS)[])
    test(`entries from JSON run with ${name === 'none' ? 'no app at all' : `the ${name} app`}, and the loop leaves signs`, async ({
      room,
    }) => {
      const beat = await startBeat(room, name);
      try {
        await until('an entry to be sent', () => beat.started.output().includes('Sending due task often'), beat.log);
        assert.match(beat.log(), /text mark\(\) <crontab: \*\/5 9-17 \* 1-3 mon-fri/);
        assert.match(beat.log(), /map mark\(\) <crontab: 0 4 1 2 \*/);
        await until('a sign of the loop', () => existsSync(beat.tick), beat.log);
        assert.equal(await probe(room, { CELERY_OPERATOR_BEAT_TICK: beat.tick }, '120'), 0, beat.log());
        assert.not.match(beat.log(), 'Traceback');
      } finally {
        await beat.started.stop();
      }
    });

  test('a loop that stands still fails the probe, and passes while it is only a little late', async ({ room }) => {
    const beat = await startBeat(room, 'plain');
    const look = (limit: string) => probe(room, { CELERY_OPERATOR_BEAT_TICK: beat.tick }, limit);
    try {
      await until('a sign of the loop', () => existsSync(beat.tick), beat.log);
      beat.started.child.kill('SIGSTOP');
      const due = await readFile(beat.tick, 'utf8');
      await until('the sign to be overdue', async () => (await uptime()) > Number(due) + 2);
      assert.is(await look('1'), 1);
      assert.is(await look('600'), 0);
      beat.started.child.kill('SIGCONT');
      await until('the loop to go on', async () => (await look('1')) === 0);
    } finally {
      await beat.started.stop();
    }
  });

  test('a scheduler of the application’s own is watched too, with the sleep that it asks for', async ({ room }) => {
    const beat = await startBeat(room, 'plain', { CELERY_OPERATOR_BEAT_SCHEDULER: 'shop:Own' });
    try {
      await until('a sign', async () => (await sign(beat)) > (await uptime()) + 1, beat.log);
      assert.match(beat.log(), 'scheduler -> shop.Own');
    } finally {
      await beat.started.stop();
    }
  });

  test('a loop that never ticks once is noticed', async ({ room }) => {
    const beat = await startBeat(room, 'plain', { CELERY_OPERATOR_BEAT_SCHEDULER: 'shop:Stalling' });
    try {
      await until(
        'the probe to fail',
        async () => (await probe(room, { CELERY_OPERATOR_BEAT_TICK: beat.tick }, '1')) === 1,
      );
    } finally {
      await beat.started.stop();
    }
  });

  test('retries while the broker is away are signs of life', async ({ room }) => {
    await room.redis.stop();
    const beat = await startBeat(room, 'plain');
    try {
      await until('the first retry', () => beat.log().includes('beat: Connection error'), beat.log);
      const first = await sign(beat);
      await until('a later sign', async () => (await sign(beat)) > first + 2, beat.log);
      assert.is(await probe(room, { CELERY_OPERATOR_BEAT_TICK: beat.tick }, '120'), 0);
    } finally {
      await beat.started.stop();
      room.redis = await startRedis(room.port);
    }
  });

  test('a schedule of an earlier life says nothing, and neither does a missing file', async ({ room }) => {
    const old = join(room.root, 'old');
    await writeFile(old, '');
    assert.is(await probe(room, { CELERY_OPERATOR_BEAT_TICK: join(room.root, 'absent') }, '1'), 0);
    await utimes(old, 1, 1);
    assert.is(await probe(room, { CELERY_OPERATOR_BEAT_SCHEDULE: old }, '1'), 0);
    assert.is(await probe(room, { CELERY_OPERATOR_BEAT_SCHEDULE: join(room.root, 'absent') }, '1'), 0);
  });

  test('without the agent the age of the schedule database tells', async ({ room }) => {
    const beat = await startBeat(room, 'object', {}, { scheduler: false });
    const look = (limit: string) => probe(room, { CELERY_OPERATOR_BEAT_SCHEDULE: beat.schedule }, limit);
    try {
      await until('the schedule', async () => beat.log().includes('Sending due task often'), beat.log);
      assert.is(await look('60'), 0);
      beat.started.child.kill('SIGSTOP');
      await until('the schedule to be old', async () => (await look('1')) === 1);
      assert.is(await look('600'), 0);
    } finally {
      await beat.started.stop();
    }
  });

  if (version === '5.7.0')
    test('beat answers ping by its name, and a loop that stands still does not', async ({ room }) => {
      for (const [scheduler, expected] of [
        ['', 0],
        ['shop:Stalling', 1],
      ] as const) {
        const beat = await startBeat(
          room,
          'plain',
          scheduler === '' ? {} : { CELERY_OPERATOR_BEAT_SCHEDULER: scheduler },
          { node: true },
        );
        const ping = () => run(room, 'liveness.sh', { TMPDIR: beat.directory, CELERY_OPERATOR_NODE: 'celerybeat' });
        try {
          await until('beat to listen', () => beat.log().includes('beat pidbox: Connected'), beat.log);
          await until('the first answer', async () => (await ping()).line.endsWith('node answered'), beat.log);
          if (expected === 1) await until('silence', async () => (await ping()).code === 1, beat.log);
          else assert.equal(await ping(), { code: 0, line: 'celery-operator liveness: pass: node answered' });
        } finally {
          await beat.started.stop();
        }
      }
    });

  test.run();
}

interface Beat {
  readonly started: Started;
  readonly directory: string;
  readonly schedule: string;
  readonly tick: string;
  log(): string;
}

async function startBeat(
  room: Room,
  app: keyof typeof APPS,
  more: NodeJS.ProcessEnv = {},
  { scheduler = true, node = false } = {},
): Promise<Beat> {
  const directory = await mkdtemp(join(room.root, 'var-'));
  const schedule = join(directory, 'celerybeat-schedule');
  const tick = join(directory, 'next-tick');
  const [program = '', ...args] = buildBeatCommand({
    ...(app === 'none' ? {} : { app: 'shop' }),
    schedule,
    ...(scheduler ? { scheduler: 'celery_operator_beat:scheduler' } : {}),
    ...(node ? { node: 'celerybeat@shop-beat-0' } : {}),
    maxInterval: 5,
    logLevel: 'DEBUG',
  });
  // Without the agent nothing reads cron strings; admission refuses them there.
  const config = scheduler ? {} : { CELERY_OPERATOR_CONFIG: await plainConfig(directory) };
  const started = start(program, args, {
    cwd: join(room.root, app),
    env: { ...room.environment, CELERY_OPERATOR_BEAT_TICK: tick, ...config, ...more },
  });
  return { started, directory, schedule, tick, log: started.output };
}

async function plainConfig(directory: string): Promise<string> {
  const path = join(directory, 'config.yaml');
  const { often } = SETTINGS.beat_schedule;
  await writeFile(path, configYaml({ ...SETTINGS, beat_schedule: { often } }));
  return path;
}

async function run(
  room: Room,
  script: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly line: string }> {
  const started = start('sh', [join(room.root, 'etc', script)], {
    cwd: join(room.root, 'plain'),
    env: { ...room.environment, ...env },
  });
  const code = await started.ended;
  const lines = started.output().split('\n');
  assert.is(lines.length, 2, started.output());
  return { code, line: lines[0] ?? '' };
}

async function probe(room: Room, env: NodeJS.ProcessEnv, limit: string): Promise<number | null> {
  return (await run(room, 'beat-liveness.sh', { ...env, CELERY_OPERATOR_BEAT_MAX_AGE: limit })).code;
}

const uptime = async (): Promise<number> => Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);

async function sign(beat: Beat): Promise<number> {
  return existsSync(beat.tick) ? Number(await readFile(beat.tick, 'utf8')) : 0;
}
