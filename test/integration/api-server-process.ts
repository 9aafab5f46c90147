import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../scripts/local-cluster/control-plane.ts';
import { identify, isAlive, signal } from '../../scripts/local-cluster/process-table.ts';

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return []; // it has ended meanwhile
  }
}

/** The kube-apiserver of one control plane, to kill and start again. Linux only: reads /proc. */
export interface ApiServerProcess {
  /** SIGKILL, as by a lack of memory; resolves when it is gone and its port is free. */
  kill(): Promise<void>;
  /** The same program with the same arguments. */
  start(): void;
  /** Ends what `start` started, which the control plane does not know. */
  stop(): void;
}

/** Finds the process by the directory in its arguments, which no other control plane shares. */
export function apiServerProcess(controlPlane: ControlPlane): ApiServerProcess {
  const pid = readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const [program = '', ...args] = commandOf(entry);
    return program.endsWith('/kube-apiserver') && args.some((arg) => arg.includes(controlPlane.dir));
  });
  if (!pid) throw new Error('the kube-apiserver process was not found');
  const [program = '', ...args] = commandOf(pid);
  const id = identify(Number(pid));
  let child: ChildProcess | undefined;
  const stop = (): void => void child?.kill('SIGKILL');
  process.once('exit', stop);
  return {
    async kill() {
      if (!id) return;
      signal(id, 'SIGKILL');
      while (isAlive(id)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    start() {
      const log = openSync(join(controlPlane.dir, 'kube-apiserver.log'), 'a');
      const command = ['--pdeathsig', 'KILL', program, ...args]; // dies with this process, whatever ends it
      child = spawn('setpriv', command, { stdio: ['ignore', log, log] });
      closeSync(log);
    },
    stop,
  };
}
