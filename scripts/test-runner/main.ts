import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { add, type Counts, NONE } from './counts.ts';
import { LAYERS, type Layer, testFiles } from './layers.ts';
import { runFile } from './run-file.ts';

const USAGE = `Usage: ./scripts/test [LAYER…] [FILE…]

Runs the tests of the layers named, of all without a name, or only the files named.
${LAYERS.map((layer) => `  ${layer.name.padEnd(12)} ${layer.about}`).join('\n')}

Installs and builds what a layer needs into a cache outside the checkout.
Ends with the line "N passed, N failed, N skipped" and exit code 1 when anything failed.
`;

const root = join(import.meta.dirname, '../..');
const SLOW = new Set<Layer['name']>(['e2e']);

const args = process.argv.slice(2);
if (args.some((arg) => ['-h', '--help', 'help'].includes(arg))) {
  process.stdout.write(USAGE);
} else {
  const unknown = args.filter((arg) => !LAYERS.some((layer) => layer.name === arg) && !arg.endsWith('.test.ts'));
  if (unknown.length > 0) {
    process.stderr.write(`there is no layer or test file "${unknown[0]}"\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    const counts = await run(args);
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    if (counts.failed > 0) process.exitCode = 1;
  }
}

async function run(wanted: readonly string[]): Promise<Counts> {
  let counts = NONE;
  for (const [layer, all] of testFiles(root)) {
    const named = all.filter((file) => wanted.includes(file));
    const whole = wanted.length === 0 || wanted.includes(layer.name);
    const files = whole ? all : named;
    if (files.length === 0) continue;
    const started = Date.now();
    process.stdout.write(`\n== ${layer.name}: ${layer.about}\n`);
    if (layer.name === 'unit' && whole)
      counts = add(counts, check('types and lint', ['npm', 'run', '--silent', 'check']));
    const ready = layer.prepare.map((command) => check(command.join(' '), command));
    if (ready.some((result) => result.failed > 0)) {
      counts = ready.reduce((sum, result) => add(sum, { ...result, passed: 0 }), counts);
      continue;
    }
    const waiting = [...files];
    const lane = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const result = await runOne(layer, file);
        counts = add(counts, result);
      }
    };
    await Promise.all(Array.from({ length: layer.lanes }, lane));
    process.stdout.write(`   ${layer.name} took ${Math.round((Date.now() - started) / 1000)} s\n`);
  }
  return counts;
}

async function runOne(layer: Layer, file: string): Promise<Counts> {
  const live = SLOW.has(layer.name);
  if (live) process.stdout.write(`-- ${file}\n`);
  const result = await runFile(root, file, { live, minutes: live ? 30 : 8 });
  const mark = result.counts.failed > 0 ? 'FAILED' : 'ok';
  process.stdout.write(
    `${mark.padEnd(6)} ${String(result.counts.passed).padStart(4)} ${result.seconds.toFixed(1).padStart(6)} s  ${file}\n`,
  );
  if (result.counts.failed > 0 && !live) process.stdout.write(`${result.output.slice(-8000)}\n`);
  return result.counts;
}

/** Runs a command whose success is one passed test. */
function check(name: string, command: readonly string[]): Counts {
  const [program = '', ...rest] = command;
  const build = program.startsWith('./');
  const result = spawnSync(program, rest, { cwd: root, encoding: 'utf8', stdio: build ? 'inherit' : 'pipe' });
  const ok = result.status === 0;
  if (!build || !ok) process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}    ${name}\n`);
  if (!ok) process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}\n`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}
