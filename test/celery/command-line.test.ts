import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBeatArgs, parseWorkerArgs } from '../../celery/command-line/parse.ts';
import { celeryVenv } from './venv.ts';

const workerWord = fc.constantFrom(
  ...[
    '-c',
    '-c4',
    '4',
    '--concurrency=4',
    '--concurrency',
    '-c=4',
    '-E',
    '-EB',
    '-Ec4',
    '-Q',
    'a,b',
    '-Qa',
    '--queues=a',
  ],
  ...[
    '--time-limit',
    '1e3',
    '10s',
    '--time-limit=5',
    '--autoscale',
    '10,3',
    '--autoscale=3',
    '--purge',
    '--purge=1',
    '-l',
    'info',
  ],
  ...[
    'loud',
    '-P',
    'solo',
    'threads',
    '-O',
    'fair',
    'FAIR',
    '--unknown',
    '--uid',
    '1',
    '--',
    'x',
    'task_acks_late=1',
    '-X',
    '-D',
  ],
  ...[
    '-n',
    'a@%h',
    '-z',
    '-Ez',
    '--max-tasks-per-child',
    '-1',
    '--max-tasks-per-child=1.5',
    '--umask=022',
    '--concurrenc=3',
    '-',
  ],
);

const beatWord = fc.constantFrom(
  ...['-s', '/a/b', '-s/a', '--schedule=/a', '-S', 'django', '--scheduler', '--max-interval', '5', '--max-interval=x'],
  ...['-l', 'info', 'loud', '--loglevel=DEBUG', '--detach', '--detach=1', '-n', 'a@%h', '--hostname=a', '-D'],
  ...['--enable-remote-control', '--no-enable-remote-control', '--enable-remote', '-f', 'x', '--pidfile=', '--uid'],
  ...['-B', '-c', '4', '--', '-', 'task_acks_late=1', '--umask=022', '--unknown', '-z', '--concurrency=4'],
);

const COMMANDS = [
  { name: 'worker', word: workerWord, parse: parseWorkerArgs },
  { name: 'beat', word: beatWord, parse: parseBeatArgs },
] as const;

for (const [version, { name, word, parse }] of ['5.7.0', '5.4.0'].flatMap((version) =>
  COMMANDS.map((command) => [version, command] as const),
))
  test(`arguments of ${name} are read as Celery ${version} itself reads them`, async () => {
    const python = join(await celeryVenv(version), 'bin', 'python');
    const line = version.slice(0, 3);
    // Of an option given twice click looks at the last value alone; our rules refuse that anyway.
    const lists = fc.sample(fc.array(word, { minLength: 1, maxLength: 4 }), 3000).filter((words) => {
      const names = parse(words, line).options.map(({ option }) => option.name);
      return new Set(names).size === names.length;
    });
    const answers = JSON.parse(
      execFileSync(python, [join(import.meta.dirname, 'read_arguments.py'), name], {
        input: JSON.stringify(lists),
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      }),
    ) as [boolean, string[]][];
    const different = lists.flatMap((words, index) => {
      const parsed = parse(words, line);
      const accepted = parsed.unknown.length === 0 && parsed.options.every(({ problem }) => problem === undefined);
      const further = [
        ...parsed.settings.map(({ index: at }) => at),
        ...parsed.positionals.map(({ index: at }) => at),
      ].sort((a, b) => a - b);
      const ours = [accepted, accepted ? further.map((at) => words[at]) : []];
      return JSON.stringify(ours) === JSON.stringify(answers[index]) ? [] : [{ words, ours, celery: answers[index] }];
    });
    assert.equal(different, []);
  });

test.run();
