import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildWorkerCommand, type WorkerCommand } from './build.ts';
import { GLOBAL_OPTIONS, WORKER_OPTIONS } from './options.ts';
import { parseWorkerArgs, parseWorkerCommand, settingOfArgument } from './parse.ts';

test('a command is built in one order, without gossip and with mingle', () => {
  assert.equal(
    buildWorkerCommand({
      app: 'shop',
      node: 'default@%h',
      concurrency: 4,
      pool: 'prefork',
      queues: ['a', 'b'],
      excludeQueues: ['c'],
      logLevel: 'INFO',
      limits: { prefetchMultiplier: 1, maxMemoryPerChildKibibytes: 2048, softTimeLimitSeconds: 5 },
      args: ['-E'],
    }),
    [
      'celery',
      '-A',
      'shop',
      'worker',
      '-n',
      'default@%h',
      '-c',
      '4',
      '-P',
      'prefork',
      '-Q',
      'a,b',
      '-X',
      'c',
      '-l',
      'INFO',
      '--prefetch-multiplier',
      '1',
      '--max-memory-per-child',
      '2048',
      '--soft-time-limit',
      '5',
      '--without-gossip',
      '-E',
    ],
  );
  assert.equal(buildWorkerCommand({ node: 'a@%h', concurrency: 1, pool: 'solo', logLevel: 'INFO' }).slice(0, 4), [
    'celery',
    'worker',
    '-n',
    'a@%h',
  ]);
});

const queue = fc.stringMatching(/^[a-z0-9._:-]{1,12}$/);
const limit = fc.integer({ min: 1, max: 604800 });
const command = fc.record<WorkerCommand>(
  {
    app: fc.stringMatching(/^[a-z_]+(\.[a-z_]+)?(:[a-z_]+)?$/),
    node: fc.stringMatching(/^[a-z0-9-]{1,18}@%h$/),
    concurrency: fc.integer({ min: 1, max: 10000 }),
    pool: fc.constantFrom('prefork', 'threads', 'gevent', 'eventlet', 'solo'),
    queues: fc.array(queue, { minLength: 1, maxLength: 4 }),
    excludeQueues: fc.array(queue, { minLength: 1, maxLength: 4 }),
    logLevel: fc.constantFrom('DEBUG', 'INFO', 'WARNING'),
    limits: fc
      .record(
        { prefetchMultiplier: limit, maxTasksPerChild: limit, timeLimitSeconds: limit },
        { requiredKeys: [], noNullPrototype: true },
      )
      .filter((limits) => Object.keys(limits).length > 0),
    args: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: ['node', 'concurrency', 'pool', 'logLevel'] },
);

test('reading a built command gives back what it was built from', () => {
  fc.assert(
    fc.property(command, (original) => assert.equal(parseWorkerCommand(buildWorkerCommand(original)), { ...original })),
  );
});

test('every option is read in every way that click accepts', () => {
  for (const option of WORKER_OPTIONS) {
    const value = typeof option.value === 'string' ? '1' : (option.value[0] ?? '');
    const flag = option.value === 'flag';
    const ways = [
      ...option.long.flatMap((word) => (flag ? [[word]] : [[word, value], [`${word}=${value}`]])),
      ...(option.short === undefined
        ? []
        : flag
          ? [[option.short], [`-E${option.short[1]}`]]
          : [[option.short, value], [`${option.short}${value}`], [`-E${option.short[1]}${value}`]]),
    ];
    for (const words of ways) {
      const { options, unknown, settings, positionals } = parseWorkerArgs(words);
      const last = options[options.length - 1];
      assert.is(last?.option.name, option.name, words.join(' '));
      assert.is(last?.value, flag ? undefined : value, words.join(' '));
      assert.is(last?.problem, undefined, words.join(' '));
      assert.is(unknown.length + settings.length + positionals.length, 0);
    }
  }
});

test('an option takes the next word even when that looks like an option, as in click', () => {
  const { options } = parseWorkerArgs(['-Q', '-E', '-E']);
  assert.equal(
    options.map(({ option, value }) => [option.name, value]),
    [
      ['queues', '-E'],
      ['task_events', undefined],
    ],
  );
});

test('what is no option is told apart', () => {
  const parsed = parseWorkerArgs([
    'worker.state_db=/x',
    'word',
    '--tenant=1',
    '--concurency',
    '3',
    '-A',
    'shop',
    '--',
    '-c',
  ]);
  assert.equal(
    parsed.settings.map(({ key, index }) => [key, index]),
    [['worker.state_db', 0]],
  );
  assert.equal(
    parsed.positionals.map(({ value, index }) => [value, index]),
    [
      ['word', 1],
      ['3', 4],
      ['-c', 8],
    ],
  );
  assert.equal(parsed.unknown, [
    { written: '--tenant', index: 2, kind: 'unknown' },
    { written: '--concurency', index: 3, kind: 'unknown', suggestion: '--concurrency' },
    { written: '-A', index: 5, kind: 'global' },
  ]);
  assert.is(settingOfArgument('worker.state_db'), 'worker_state_db');
  assert.is(settingOfArgument('.state_db'), 'worker_state_db');
  assert.is(settingOfArgument('ours'), undefined);
});

for (const [words, problem] of [
  [['-c'], 'lacks its value'],
  [['-c', 'four'], 'must be an integer'],
  [['-c', 'auto'], undefined],
  [['-l', 'info'], undefined],
  [['-l', 'loud'], 'must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, FATAL'],
  [['-P', 'custom'], undefined],
  [['-O', 'FAIR'], 'must be one of default, fair'],
  [['--purge=yes'], 'takes no value'],
  [['--time-limit', '1e3'], undefined],
  [['--time-limit', '10s'], 'must be a number of seconds'],
  [['--autoscale', '10,3'], undefined],
  [['--autoscale', '10-3'], 'must be two integers as in 10,3'],
  [['-c', '$(CONCURRENCY)'], undefined],
] as const)
  test(`${words.join(' ')}: ${problem ?? 'fine'}`, () =>
    assert.is(parseWorkerArgs(words).options[0]?.problem, problem));

test('-c auto exists since 5.7', () => {
  assert.is(parseWorkerArgs(['-c', 'auto'], '5.6').options[0]?.problem, 'must be an integer');
  assert.is(parseWorkerArgs(['-c', 'auto'], '5.7').options[0]?.problem, undefined);
});

test('any list of words is read without an error', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '-',
      '--',
      '-=',
      '--=',
      '-E',
      '-Ec',
      '=',
      ...[...WORKER_OPTIONS, ...GLOBAL_OPTIONS].flatMap(({ long }) => long),
    ),
  );
  fc.assert(fc.property(fc.array(word), (words) => assert.ok(parseWorkerArgs(words))));
});

test.run();
