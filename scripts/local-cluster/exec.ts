import { type SpawnOptions, spawn } from 'node:child_process';

/** A message for the person at the terminal: printed without a stack trace. */
export class UserError extends Error {}

/** A command that ended with a status other than 0, with the end of what it printed. */
export class CommandFailed extends Error {
  readonly status: number | null;
  readonly output: string;
  constructor(command: string, status: number | null, output: string) {
    const end = output.trimEnd().split('\n').slice(-60).join('\n');
    super(`${command} ended with status ${status}${end ? `:\n${end}` : ''}`);
    this.status = status;
    this.output = output;
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Give up and kill the command after this time. */
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end.
 * @returns its standard output
 * @throws CommandFailed when it fails, is killed by the time limit, or does not exist
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const spawnOptions: SpawnOptions = {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, spawnOptions);
    let stdout = '';
    let all = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk;
      all += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      all += chunk;
    });
    const shown = [command, ...args].join(' ').slice(0, 200);
    child.on('error', (error) => reject(new CommandFailed(shown, null, error.message)));
    child.on('close', (status) => (status === 0 ? resolve(stdout) : reject(new CommandFailed(shown, status, all))));
    child.stdin?.on('error', () => {}); // a command that ends without reading its input says why by its status
    child.stdin?.end(options.input);
  });
}

/** Like {@link run}, but answers undefined instead of throwing: for clean-up of what may be gone already. */
export async function attempt(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string | undefined> {
  try {
    return await run(command, args, options);
  } catch {
    return undefined;
  }
}

/**
 * Polls `probe` until it answers something other than undefined, null or false.
 * @throws UserError naming `what` after `timeoutMs`; whatever `probe` throws ends the wait at once
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T> | T,
  intervalMs = 150,
): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<T>;
    if (Date.now() > end) throw new UserError(`${what}: not after ${Math.round(timeoutMs / 1000)} s`);
    await new Promise((wake) => setTimeout(wake, intervalMs));
  }
}
