import { BEAT_OPTIONS, written } from './options.ts';
import { parseBeatArgs } from './parse.ts';

/** What beat's command line says. */
export interface BeatCommand {
  /** celery -A; without it the default loader reads the module celeryconfig. */
  readonly app?: string;
  /** Path of the schedule database. */
  readonly schedule: string;
  /** Class of the scheduler, or an alias; without it the setting beat_scheduler decides. */
  readonly scheduler?: string;
  /** Longest sleep between two looks at the schedule, in seconds; without it the scheduler's own. */
  readonly maxInterval?: number;
  /** Node name under which it answers ping (Celery 5.7 or later); without it it does not answer. */
  readonly node?: string;
  readonly logLevel: string;
  /** Further options, appended as they are. */
  readonly args?: readonly string[];
}

/** The command of beat, in exec form. No pidfile: one on a volume would block the next start. */
export function buildBeatCommand(command: BeatCommand): string[] {
  return [
    'celery',
    ...(command.app === undefined ? [] : ['-A', command.app]),
    'beat',
    ...written(BEAT_OPTIONS, 'schedule', command.schedule),
    ...(command.scheduler === undefined ? [] : written(BEAT_OPTIONS, 'scheduler', command.scheduler)),
    ...(command.maxInterval === undefined ? [] : written(BEAT_OPTIONS, 'max_interval', String(command.maxInterval))),
    ...(command.node === undefined
      ? []
      : [...written(BEAT_OPTIONS, 'remote_control'), ...written(BEAT_OPTIONS, 'hostname', command.node)]),
    ...written(BEAT_OPTIONS, 'loglevel', command.logLevel),
    ...(command.args ?? []),
  ];
}

/** What a whole beat command says; the inverse of buildBeatCommand. Undefined when the words are no such command. */
export function parseBeatCommand(words: readonly string[]): BeatCommand | undefined {
  const start = words[1] === '-A' ? 3 : 1;
  if (words[0] !== 'celery' || words[start] !== 'beat') return undefined;
  const own = words.slice(start + 1);
  // The log level always comes last of what is typed.
  const { options } = parseBeatArgs(own);
  const last = options.find(({ option }) => option.name === 'loglevel');
  if (last === undefined) return undefined;
  const given = (name: string): string | undefined =>
    options.find(({ option, index }) => option.name === name && index <= last.index)?.value;
  const app = start === 3 ? words[2] : undefined;
  const scheduler = given('scheduler');
  const maxInterval = given('max_interval');
  const node = given('hostname');
  const args = own.slice(last.index + 2);
  return {
    ...(app === undefined ? {} : { app }),
    schedule: given('schedule') ?? '',
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(maxInterval === undefined ? {} : { maxInterval: Number(maxInterval) }),
    ...(node === undefined ? {} : { node }),
    logLevel: last.value ?? '',
    ...(args.length === 0 ? {} : { args }),
  };
}
