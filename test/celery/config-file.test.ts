import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configJson, configYaml } from '../../celery/config-file.ts';
import { celeryVenv } from './venv.ts';

/** Compares values and their types: to Python 1, 1.0 and True are equal. */
const COMPARE = `
import json, sys, yaml
def same(a, b):
    if type(a) is not type(b): return False
    if isinstance(a, dict): return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list): return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b
for pair in json.load(sys.stdin):
    try:
        read = yaml.safe_load(pair['yaml'])
    except Exception as error:
        read = error
    if not same(read, json.loads(pair['json'])):
        print(ascii(pair), ascii(read))
`;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'null',
    '~',
    '',
    ' ',
    '1e3',
    '1_000',
    '12:30:00',
    '0777',
    '0o7',
    '0x1F',
    '0b1',
    '2026-01-01',
    '.inf',
    '.nan',
    '=',
    '<<',
    '!!str',
    '&a',
    '*a',
    '- a',
    'a: b',
    '# a',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u0000',
    '\t',
    "'",
    '"',
    '\\',
    '🙂',
    '\ud800',
    '%TAG',
    '---',
    '...',
    '{',
    'x'.repeat(1200),
  ),
);
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e21, 1e-7, 5e-324, 1.5e300, -0, 0.1),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));
const settings = fc.dictionary(fc.oneof(text, fc.constantFrom('task_acks_late', 'on', 'y', 'null', '<<')), value, {
  maxKeys: 6,
});

test('PyYAML reads the settings back as exactly the values of the JSON', async () => {
  const python = join(await celeryVenv('5.7.0'), 'bin', 'python');
  const pairs = fc.sample(settings, 2000).map((one) => ({ yaml: configYaml(one), json: configJson(one) }));
  const differences = execFileSync(python, ['-c', COMPARE], {
    input: JSON.stringify(pairs),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  assert.is(differences, '');
});

test.run();
