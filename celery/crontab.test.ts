import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cronProblem } from './crontab.ts';

for (const text of [
  '* * * * *',
  '*/5 * * * *',
  '0 4 1,15 * *',
  '0 9-17/2 * jan-mar mon-fri',
  '0 22-3 * * fri-mon',
  '30  6\t* January Sunday',
  '0 0 29 2 *',
  '0 0 31 * *',
])
  test(`${text} can be read`, () => assert.is(cronProblem(text), undefined));

for (const [text, problem] of [
  ['', 'has no fields instead of five'],
  ['5', 'has 1 field instead of five'],
  ['0 0 * * * *', 'has 6 fields instead of five'],
  ['60 * * * *', 'has a value out of range in its minute field'],
  ['* * 0 * *', 'has a value out of range in its day of month field'],
  ['* * * * 7', 'has day of week 7'],
  ['jan * * * *', 'has a value out of range in its minute field'],
  ['*/0 * * * *', 'has a step without a range in its minute field'],
  ['5/10 * * * *', 'has a step without a range in its minute field'],
  ['-1 * * * *', 'has something unreadable in its minute field'],
  ['1,,2 * * * *', 'has something unreadable in its minute field'],
  ['0 0 L * *', 'has a value out of range in its day of month field'],
  ['0 0 ? * *', 'has something unreadable in its day of month field'],
  ['0 0 30 2 *', 'names a day that none of its months has'],
  ['0 0 31 4,6,9,11 *', 'names a day that none of its months has'],
] as const)
  test(`"${text}" ${problem}`, () => assert.is(cronProblem(text)?.problem, problem));

test('a macro is told in five fields', () => {
  assert.equal(cronProblem('@daily'), { problem: 'is a macro, which Celery does not know', fix: 'write 0 0 * * *' });
  assert.is(cronProblem('@reboot')?.fix, 'write five fields, as in */5 * * * *');
});

test.run();
