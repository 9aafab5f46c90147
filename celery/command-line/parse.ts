import { closest } from '../../schemas/unknown-fields.ts';
import { LINES, type Line, settingsOf } from '../settings/tables.ts';
import type { WorkerCommand, WorkerLimits } from './build.ts';
import { BEAT_OPTIONS, type CommandOption, GLOBAL_OPTIONS, WORKER_OPTIONS } from './options.ts';
import { valueProblem } from './values.ts';

/** One option as it stands in an argument list. */
export interface ParsedOption {
  readonly option: CommandOption;
  /** As written: --queues or -Q. */
  readonly written: string;
  /** Undefined for a flag, or where the value is missing. */
  readonly value?: string;
  /** Index of the word that names it. */
  readonly index: number;
  /** Why Celery would refuse its value; never holds the value. */
  readonly problem?: string;
}

export interface UnknownOption {
  readonly written: string;
  readonly index: number;
  /** "global": belongs before the command; "version": the stated line does not have it; "unknown": perhaps one of app.user_options. */
  readonly kind: 'unknown' | 'global' | 'version';
  /** An option that was probably meant; for "version": since which line it exists. */
  readonly suggestion?: string;
}

/** What a list of arguments of a command says. */
export interface ParsedArgs {
  readonly options: readonly ParsedOption[];
  readonly unknown: readonly UnknownOption[];
  /** Trailing key=value words, which set Celery settings. */
  readonly settings: readonly { readonly key: string; readonly value: string; readonly index: number }[];
  /** Words that are neither. */
  readonly positionals: readonly { readonly value: string; readonly index: number }[];
}

function wordsOf(table: readonly CommandOption[]): ReadonlyMap<string, CommandOption> {
  const words = new Map<string, CommandOption>();
  for (const option of table) for (const word of [...option.long, option.short ?? '']) words.set(word, option);
  words.delete('');
  return words;
}

const globals = wordsOf(GLOBAL_OPTIONS);
const workerWords = wordsOf(WORKER_OPTIONS);
const beatWords = wordsOf(BEAT_OPTIONS);

/**
 * Reads arguments of `celery worker`.
 * @param args words after "worker"
 * @param version a line such as "5.6"; options that it lacks count as unknown
 */
export function parseWorkerArgs(args: readonly string[], version?: string): ParsedArgs {
  return parse(workerWords, args, version);
}

/**
 * Reads arguments of `celery beat`.
 * @param args words after "beat"
 * @param version a line such as "5.6"; options that it lacks count as unknown
 */
export function parseBeatArgs(args: readonly string[], version?: string): ParsedArgs {
  return parse(beatWords, args, version);
}

/** Reads arguments as click does: --opt=value, --opt value, -c4, -c 4, -Ec4, key=value, and "--" as the end of options. */
function parse(
  byWord: ReadonlyMap<string, CommandOption>,
  args: readonly string[],
  version: string | undefined,
): ParsedArgs {
  const options: ParsedOption[] = [];
  const unknown: UnknownOption[] = [];
  const settings: { key: string; value: string; index: number }[] = [];
  const positionals: { value: string; index: number }[] = [];
  let index = 0;
  const next = (): string | undefined => (index + 1 < args.length ? args[++index] : undefined);
  const plain = (word: string): void => {
    const equals = word.indexOf('=');
    if (equals > 0) settings.push({ key: word.slice(0, equals), value: word.slice(equals + 1), index });
    else positionals.push({ value: word, index });
  };
  const known = (option: CommandOption, written: string, inline: string | undefined): void => {
    const at = index;
    const since = option.since;
    if (since !== undefined && version !== undefined && LINES.indexOf(version as Line) < LINES.indexOf(since))
      unknown.push({ written, index: at, kind: 'version', suggestion: since });
    const value = inline ?? (option.value === 'flag' ? undefined : next());
    const problem = valueProblem(option, value, version);
    options.push({
      option,
      written,
      index: at,
      ...(value === undefined ? {} : { value }),
      ...(problem === undefined ? {} : { problem }),
    });
  };
  const other = (written: string, inline: string | undefined): void => {
    const at = index;
    const global = globals.get(written);
    if (global !== undefined) {
      if (global.value !== 'flag' && inline === undefined) next();
      unknown.push({ written, index: at, kind: 'global' });
      return;
    }
    const suggestion = nearestOption(written, byWord);
    unknown.push({ written, index: at, kind: 'unknown', ...(suggestion === undefined ? {} : { suggestion }) });
  };

  for (; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--') {
      for (index++; index < args.length; index++) plain(args[index] ?? '');
    } else if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const written = equals === -1 ? word : word.slice(0, equals);
      const inline = equals === -1 ? undefined : word.slice(equals + 1);
      const option = byWord.get(written);
      if (option === undefined) other(written, inline);
      else known(option, written, inline);
    } else if (word.length > 1 && word.startsWith('-')) {
      for (let letter = 1; letter < word.length; letter++) {
        const written = `-${word[letter]}`;
        const option = byWord.get(written);
        const rest = word.slice(letter + 1);
        if (option === undefined) {
          other(written, rest === '' ? undefined : rest);
          break;
        }
        if (option.value !== 'flag') {
          known(option, written, rest === '' ? undefined : rest);
          break;
        }
        known(option, written, undefined);
      }
    } else plain(word);
  }
  return { options, unknown, settings, positionals };
}

/** At most two edits, so that a flag of the application's own is not taken for a slip. */
function nearestOption(written: string, byWord: ReadonlyMap<string, CommandOption>): string | undefined {
  if (!written.startsWith('--')) return undefined;
  const words = [...byWord.keys()].filter(
    (word) => word.startsWith('--') && Math.abs(word.length - written.length) <= 2,
  );
  const joined = words.find((word) => word.replaceAll('-', '') === written.toLowerCase().replaceAll(/[-_]/g, ''));
  if (joined !== undefined) return joined;
  return written.length < 7 ? undefined : closest(written, words);
}

/** What a whole worker command says; the inverse of buildWorkerCommand. Undefined when the words are no such command. */
export function parseWorkerCommand(words: readonly string[]): WorkerCommand | undefined {
  const start = words[1] === '-A' ? 3 : 1;
  if (words[0] !== 'celery' || words[start] !== 'worker') return undefined;
  const app = start === 3 ? words[2] : undefined;
  const own = words.slice(start + 1);
  const end = own.indexOf('--without-gossip');
  const { options } = parseWorkerArgs(own.slice(0, end));
  const given = (name: string): string | undefined => options.find(({ option }) => option.name === name)?.value;
  const queues = given('queues');
  const excludeQueues = given('exclude_queues');
  const limit = <Name extends keyof WorkerLimits>(field: Name, option: string): WorkerLimits => {
    const value = given(option);
    return value === undefined ? {} : { [field]: Number(value) };
  };
  const limits: WorkerLimits = {
    ...limit('prefetchMultiplier', 'prefetch_multiplier'),
    ...limit('maxTasksPerChild', 'max_tasks_per_child'),
    ...limit('maxMemoryPerChildKibibytes', 'max_memory_per_child'),
    ...limit('timeLimitSeconds', 'time_limit'),
    ...limit('softTimeLimitSeconds', 'soft_time_limit'),
  };
  const args = own.slice(end + 1);
  return {
    ...(app === undefined ? {} : { app }),
    node: given('hostname') ?? '',
    concurrency: Number(given('concurrency')),
    pool: given('pool') ?? '',
    ...(queues === undefined ? {} : { queues: queues.split(',') }),
    ...(excludeQueues === undefined ? {} : { excludeQueues: excludeQueues.split(',') }),
    logLevel: given('loglevel') ?? '',
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(args.length === 0 ? {} : { args }),
  };
}

/** The setting that a trailing key=value word sets, if Celery knows one: worker.prefetch_multiplier → worker_prefetch_multiplier. */
export function settingOfArgument(key: string): string | undefined {
  const dotted = key.toLowerCase().replaceAll('.', '_');
  // A leading "_" or "." stands for the command's own namespace.
  const name = dotted.startsWith('_') ? `worker${dotted}` : dotted;
  const setting = settingsOf(undefined).get(name);
  return setting === undefined ? undefined : setting.name;
}
