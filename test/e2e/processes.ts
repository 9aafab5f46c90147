import { spawn } from 'node:child_process';

/** A program that runs beside a test. */
export interface Background {
  /** Waits for a line of its output and gives what the pattern's first group matched. @throws when the program ends before */
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a program in the background; both its streams are read. */
export function background([program = '', ...args]: readonly string[]): Background {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let ended = false;
  let wake = (): void => {};
  const more = (chunk?: Buffer): void => {
    text += chunk ?? '';
    wake();
  };
  child.stdout.on('data', more);
  child.stderr.on('data', more);
  const end = new Promise<void>((resolve) => {
    const over = (): void => {
      ended = true;
      more();
      resolve();
    };
    child.on('close', over);
    child.on('error', over);
  });
  return {
    line: async (pattern) => {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found[1] ?? '';
        if (ended) throw new Error(`${program} ended before it said ${pattern}:\n${text}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    stop: async () => {
      child.kill('SIGTERM');
      await end;
    },
  };
}
