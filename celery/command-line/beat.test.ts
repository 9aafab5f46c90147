import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BeatCommand, buildBeatCommand, parseBeatCommand } from './beat.ts';
import { BEAT_OPTIONS } from './options.ts';
import { parseBeatArgs } from './parse.ts';

test('a command is built in one order, without a pidfile', () => {
  assert.equal(
    buildBeatCommand({
      app: 'shop',
      schedule: '/var/lib/celery-beat/celerybeat-schedule',
      scheduler: 'django',
      maxInterval: 5,
      node: 'celerybeat@%h',
      logLevel: 'INFO',
      args: ['--quiet'],
    }).join(' '),
    'celery -A shop beat -s /var/lib/celery-beat/celerybeat-schedule -S django --max-interval 5 --enable-remote-control -n celerybeat@%h -l INFO --quiet',
  );
  assert.is(buildBeatCommand({ schedule: '/a/b', logLevel: 'INFO' }).join(' '), 'celery beat -s /a/b -l INFO');
});

const command = fc.record<BeatCommand>(
  {
    app: fc.stringMatching(/^[a-z_]+(\.[a-z_]+)?(:[a-z_]+)?$/),
    schedule: fc.stringMatching(/^\/[a-z]{1,8}\/[a-z]{1,8}$/),
    scheduler: fc.stringMatching(/^[a-z]{1,8}:[A-Z][a-z]{1,8}$/),
    maxInterval: fc.integer({ min: 1, max: 86400 }),
    node: fc.stringMatching(/^[a-z]{1,8}@%h$/),
    logLevel: fc.constantFrom('DEBUG', 'INFO', 'WARNING'),
    args: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: ['schedule', 'logLevel'] },
);

test('reading a built command gives back what it was built from', () => {
  fc.assert(
    fc.property(command, (original) => assert.equal(parseBeatCommand(buildBeatCommand(original)), { ...original })),
  );
});

test('every option is read in every way that click accepts', () => {
  for (const option of BEAT_OPTIONS) {
    const value = typeof option.value === 'string' ? '1' : (option.value[0] ?? '');
    const flag = option.value === 'flag';
    const ways = [
      ...option.long.flatMap((word) => (flag ? [[word]] : [[word, value], [`${word}=${value}`]])),
      ...(option.short === undefined ? [] : [[option.short, value], [`${option.short}${value}`]]),
    ];
    for (const words of ways) {
      const { options, unknown } = parseBeatArgs(words, '5.7');
      assert.is(options[0]?.option.name, option.name, words.join(' '));
      assert.is(options[0]?.value, flag ? undefined : value, words.join(' '));
      assert.is(options[0]?.problem, undefined, words.join(' '));
      assert.is(unknown.length, 0);
    }
  }
});

test('remote control and node name exist since 5.7', () => {
  for (const words of [['--enable-remote-control'], ['-n', 'a@b']]) {
    assert.equal(
      parseBeatArgs(words, '5.6').unknown.map(({ kind, suggestion }) => [kind, suggestion]),
      [['version', '5.7']],
    );
    assert.equal(parseBeatArgs(words, '5.7').unknown, []);
  }
});

test('options of celery itself and of workers are told apart', () => {
  assert.equal(
    parseBeatArgs(['-A', 'shop', '--concurrency=3', '--max-intervall', '3']).unknown.map(({ written, kind }) => [
      written,
      kind,
    ]),
    [
      ['-A', 'global'],
      ['--concurrency', 'unknown'],
      ['--max-intervall', 'unknown'],
    ],
  );
});

test.run();
