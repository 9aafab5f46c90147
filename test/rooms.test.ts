import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '..');
/** From the top: code imports only from rooms above its own. */
const ROOMS = [
  'schemas',
  'celery',
  'application',
  'kubernetes',
  'brokers',
  'webhook',
  'controller',
  'cli',
  'chart',
  'scripts',
  'test',
];
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => ROOMS.includes(file.split('/')[0] ?? ''));

function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

test('code imports only from rooms above its own', () => {
  assert.ok(files.length > 20, 'the list of files is not empty');
  const wrong: string[] = [];
  for (const file of files) {
    const room = ROOMS.indexOf(file.split('/')[0] ?? '');
    for (const specifier of imports(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = normalize(join(dirname(file), specifier)).split('/')[0] ?? '';
      if (ROOMS.indexOf(target) > room) wrong.push(`${file} imports ${specifier}`);
    }
  }
  assert.equal(wrong, []);
});

test('the pure rooms do no input or output', () => {
  const effects = /^node:(?!crypto$|util$)|^undici|^fastify|^pino|^prom-client/;
  const wrong = files
    .filter((file) => /^(schemas|celery|application)\//.test(file) && !/\.test\.ts$|\/generate\.ts$/.test(file))
    .flatMap((file) =>
      imports(file)
        .filter((specifier) => effects.test(specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    );
  assert.equal(wrong, []);
});

test('nothing uses @kubernetes/client-node at run time: importing it costs 136 MB', () => {
  assert.equal(
    files.filter((file) => imports(file).some((specifier) => specifier.startsWith('@kubernetes/client-node'))),
    [],
  );
});

test.run();
