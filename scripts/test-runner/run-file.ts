import { spawn } from 'node:child_process';
import { type Counts, countsOf } from './counts.ts';

/** How one test file went. */
export interface FileResult {
  readonly file: string;
  readonly counts: Counts;
  readonly seconds: number;
  readonly output: string;
}

/**
 * Runs one test file in a process of its own.
 * @param root the checkout
 * @param file relative to it
 * @param options live: pass output through as it comes; minutes: the most it may take before it is stopped
 */
export function runFile(root: string, file: string, options: { live: boolean; minutes: number }): Promise<FileResult> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], {
      cwd: root,
      // uvu colours when it thinks it writes to a terminal; a plain text can be counted.
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (options.live) process.stdout.write(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const watchdog = setTimeout(() => {
      output += `\nstopped after ${options.minutes} minutes\n`;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 30_000).unref();
    }, options.minutes * 60_000);
    child.on('close', (code) => {
      clearTimeout(watchdog);
      resolve({ file, counts: countsOf(output, code), seconds: (Date.now() - started) / 1000, output });
    });
  });
}
