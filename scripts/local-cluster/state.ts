import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './exec.ts';
import { runDir } from './paths.ts';
import { identify, isAlive, type ProcessId } from './process-table.ts';

export interface ClusterProcess extends ProcessId {
  readonly name: string;
}

/** What `up` did to this machine, so that `down` undoes exactly that, whoever runs it. */
export interface ClusterState {
  /** True once everything is up; a crash or a failed start leaves false. */
  readonly ready: boolean;
  readonly processes: readonly ClusterProcess[];
  /** Kernel settings as they were before. */
  readonly sysctls: Readonly<Record<string, string>>;
}

const statePath = (): string => join(runDir(), 'state.json');

/** Where each process of the cluster writes its log. */
export const logPath = (name: string): string => join(runDir(), 'log', `${name}.log`);

/** The recorded state, or undefined when no cluster was started (or it is down). */
export function readState(): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(statePath(), 'utf8')) as ClusterState;
  } catch {
    return undefined;
  }
}

/** Replaces the recorded state as a whole. */
export function writeState(state: ClusterState): void {
  mkdirSync(runDir(), { recursive: true, mode: 0o755 });
  writeFileSync(`${statePath()}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${statePath()}.new`, statePath());
}

/** Whether a cluster is up: start finished and every recorded process alive. */
export function isRunning(state: ClusterState | undefined): boolean {
  return state?.ready === true && state.processes.length > 0 && state.processes.every(isAlive);
}

/**
 * Starts a process that outlives this one, in a session of its own, logging to `log/<name>.log`, and records it.
 * @throws UserError when the program cannot be started
 */
export function startRecorded(
  name: string,
  program: string,
  args: readonly string[],
  env = process.env,
): ClusterProcess {
  mkdirSync(join(runDir(), 'log'), { recursive: true });
  const log = openSync(logPath(name), 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: '/', env });
  closeSync(log);
  child.on('error', () => {}); // a missing program: no pid below
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (!id) throw new UserError(`cannot start ${program}`);
  child.unref();
  const started = { name, ...id };
  const state = readState() ?? { ready: false, processes: [], sysctls: {} };
  writeState({ ...state, processes: [...state.processes, started] });
  return started;
}

/**
 * Makes sure that a started process still runs.
 * @throws UserError with the end of its log
 */
export function requireAlive(started: ClusterProcess): void {
  if (isAlive(started)) return;
  throw new UserError(`${started.name} ended:\n${readFileSync(logPath(started.name), 'utf8').slice(-2500)}`);
}
