import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildFlowerCommand, parseFlowerArgs } from './flower.ts';
import { FLOWER_OPTIONS } from './flower-options.ts';

test('a command is built in one order, each value in the word of its option', () => {
  assert.equal(
    buildFlowerCommand({
      app: 'shop',
      port: 5555,
      urlPrefix: '/flower',
      readOnly: true,
      db: '/data/flower',
      conf: '/etc/f.py',
      purgeOfflineWorkers: 60,
      stateSaveInterval: 1000,
      args: ['--debug'],
    }),
    [
      'celery',
      '-A',
      'shop',
      'flower',
      '--port=5555',
      '--url_prefix=/flower',
      '--read_only=true',
      '--persistent=true',
      '--db=/data/flower',
      '--state_save_interval=1000',
      '--purge_offline_workers=60',
      '--conf=/etc/f.py',
      '--debug',
    ],
  );
  assert.equal(buildFlowerCommand({ port: 1 }), ['celery', 'flower', '--port=1']);
});

test('everything that is built is read as a known option with a good value', () => {
  const words = buildFlowerCommand({ port: 5555, urlPrefix: '/a', readOnly: true, db: '/d', conf: '/c' }).slice(2);
  for (const argument of parseFlowerArgs(words)) {
    assert.is(argument.kind, 'option');
    assert.is(argument.kind === 'option' ? argument.problem : '', undefined);
  }
});

test('every option is read with dashes and underscores, and with one dash', () => {
  for (const option of FLOWER_OPTIONS)
    for (const written of [`--${option.name}`, `--${option.name.replaceAll('_', '-')}`, `-${option.name}`]) {
      const [argument] = parseFlowerArgs([`${written}=1`]);
      assert.is(argument?.kind === 'option' ? argument.option.name : '', option.name, written);
    }
});

for (const [word, problem] of [
  ['--port', 'lacks its value'],
  ['--port=http', 'must be an integer'],
  ['--port=$(PORT)', undefined],
  ['--debug', undefined],
  ['--debug=no', 'must be true or false'],
  ['--inspect_timeout=1e3', undefined],
  ['--inspect_timeout=1s', 'must be a number'],
  ['--task_runtime_metric_buckets=1,5,10.5', undefined],
  ['--format_task=x', 'can only be set in a configuration file (--conf)'],
] as const)
  test(`${word}: ${problem ?? 'fine'}`, () => {
    const [argument] = parseFlowerArgs([word]);
    assert.is(argument?.kind === 'option' ? argument.problem : '', problem);
  });

test('what is no option of Flower is told apart', () => {
  assert.equal(parseFlowerArgs(['-A', 'shop', '--basic_aut=u:p', '--tenant=1', '--app=x', '--']), [
    { kind: 'global', written: '-A', index: 0 },
    { kind: 'word', value: 'shop', index: 1 },
    { kind: 'unknown', written: '--basic_aut', index: 2, suggestion: '--basic_auth' },
    { kind: 'unknown', written: '--tenant', index: 3 },
    { kind: 'global', written: '--app', index: 4 },
    { kind: 'word', value: '--', index: 5 },
  ]);
});

test('any list of words is read without an error', () => {
  fc.assert(fc.property(fc.array(fc.string()), (words) => assert.is(parseFlowerArgs(words).length, words.length)));
});

test.run();
