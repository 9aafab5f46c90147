import { closest } from '../../schemas/unknown-fields.ts';
import { FLOWER_OPTIONS, type FlowerOption, flowerOption } from './flower-options.ts';
import { GLOBAL_OPTIONS } from './options.ts';

/** What Flower's command line says. */
export interface FlowerCommand {
  /** celery -A; without it the default loader reads the module celeryconfig. */
  readonly app?: string;
  readonly port: number;
  readonly urlPrefix?: string;
  readonly readOnly?: boolean;
  /** File in which Flower keeps its state. */
  readonly db?: string;
  /** A configuration file (Python). */
  readonly conf?: string;
  /** Seconds after which a worker that is gone leaves the page. */
  readonly purgeOfflineWorkers?: number;
  /** Milliseconds between two savings of the state. */
  readonly stateSaveInterval?: number;
  /** Further options, appended as they are. */
  readonly args?: readonly string[];
}

/** The command of Flower, in exec form. Every value is part of its option's word: Flower drops words that are no option. */
export function buildFlowerCommand(command: FlowerCommand): string[] {
  return [
    'celery',
    ...(command.app === undefined ? [] : ['-A', command.app]),
    'flower',
    `--port=${command.port}`,
    ...(command.urlPrefix === undefined ? [] : [`--url_prefix=${command.urlPrefix}`]),
    ...(command.readOnly ? ['--read_only=true'] : []),
    ...(command.db === undefined ? [] : ['--persistent=true', `--db=${command.db}`]),
    ...(command.stateSaveInterval === undefined ? [] : [`--state_save_interval=${command.stateSaveInterval}`]),
    ...(command.purgeOfflineWorkers === undefined ? [] : [`--purge_offline_workers=${command.purgeOfflineWorkers}`]),
    ...(command.conf === undefined ? [] : [`--conf=${command.conf}`]),
    ...(command.args ?? []),
  ];
}

/** One word of Flower's arguments. */
export type FlowerArgument =
  | {
      readonly kind: 'option';
      readonly option: FlowerOption;
      readonly written: string;
      readonly index: number;
      readonly value?: string;
      /** Why Flower would end, or read something else; never holds the value. */
      readonly problem?: string;
    }
  /** An option of celery itself: Flower warns and ignores it. */
  | { readonly kind: 'global'; readonly written: string; readonly index: number }
  /** Flower ignores it without a word. */
  | { readonly kind: 'unknown'; readonly written: string; readonly index: number; readonly suggestion?: string }
  /** No option at all: Flower ignores it, also where it was meant as the value of the option before it. */
  | { readonly kind: 'word'; readonly value: string; readonly index: number };

const globals = new Set(
  GLOBAL_OPTIONS.flatMap(({ name, long, short }) =>
    name === 'version' ? [] : [...long, ...(short === undefined ? [] : [short])],
  ),
);

/**
 * Reads arguments as `celery flower` does (flower/command.py): it keeps the words that name an option of its own and
 * drops all others, then Tornado reads them as --name=value, where "-name" and "--na-me" are accepted too.
 * @param args words after "flower"
 */
export function parseFlowerArgs(args: readonly string[]): FlowerArgument[] {
  return args.map((word, index): FlowerArgument => {
    if (!word.startsWith('-') || /^-*$/.test(word)) return { kind: 'word', value: word, index };
    const equals = word.indexOf('=');
    const written = equals === -1 ? word : word.slice(0, equals);
    const value = equals === -1 ? undefined : word.slice(equals + 1);
    // A single letter behind one dash is click's, and Celery's own ones win.
    const option = flowerOption(written.replace(/^-+/, ''));
    if (option !== undefined) {
      const problem = valueProblem(option, value);
      return {
        kind: 'option',
        option,
        written,
        index,
        ...(value === undefined ? {} : { value }),
        ...(problem === undefined ? {} : { problem }),
      };
    }
    if (globals.has(written)) return { kind: 'global', written, index };
    const suggestion = nearest(written);
    return { kind: 'unknown', written, index, ...(suggestion === undefined ? {} : { suggestion }) };
  });
}

function valueProblem({ value: kind }: FlowerOption, value: string | undefined): string | undefined {
  if (kind === 'file') return 'can only be set in a configuration file (--conf)';
  if (value === undefined) return kind === 'boolean' ? undefined : 'lacks its value';
  if (value.includes('$(')) return undefined;
  switch (kind) {
    case 'integer':
      return /^\s*[+-]?\d+\s*$/.test(value) ? undefined : 'must be an integer';
    case 'number':
      return isNumber(value) ? undefined : 'must be a number';
    case 'numbers':
      return value.split(',').every(isNumber) ? undefined : 'must be numbers separated by commas';
    case 'boolean':
      // Tornado takes every other word for true, "no" among them.
      return /^(true|false|t|f|1|0)$/i.test(value) ? undefined : 'must be true or false';
    case 'text':
      return undefined;
  }
}

const isNumber = (text: string): boolean => /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);

function nearest(written: string): string | undefined {
  if (!written.startsWith('--')) return undefined;
  const name = written.slice(2).replaceAll('-', '_');
  if (name.length < 3) return undefined;
  const found = closest(
    name,
    FLOWER_OPTIONS.map((entry) => entry.name),
  );
  return found === undefined ? undefined : `--${found}`;
}
