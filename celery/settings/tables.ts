import v53 from './data/5.3.json' with { type: 'json' };
import v54 from './data/5.4.json' with { type: 'json' };
import v55 from './data/5.5.json' with { type: 'json' };
import v56 from './data/5.6.json' with { type: 'json' };
import v57 from './data/5.7.json' with { type: 'json' };

/** The supported lines of Celery, oldest first. */
export const LINES = ['5.3', '5.4', '5.5', '5.6', '5.7'] as const;
export type Line = (typeof LINES)[number];

/** One row of the generated data: what `celery.app.defaults` says. Source: celery/settings/extract.py */
interface Row {
  readonly type: string;
  readonly default: unknown;
  readonly old?: readonly string[];
}

/** One Celery setting and the lines that know it. */
export interface Setting {
  readonly name: string;
  /** Celery's own word for its type: string, int, float, bool, dict, list, tuple, any. */
  readonly type: string;
  readonly default: unknown;
  /** Upper-case names of Celery 3, which 5.x still reads. */
  readonly oldNames: readonly string[];
  /** Lines that have it, oldest first. */
  readonly lines: readonly Line[];
}

const TABLES: { readonly [line in Line]: { readonly [name: string]: Row } } = {
  '5.3': v53.settings,
  '5.4': v54.settings,
  '5.5': v55.settings,
  '5.6': v56.settings,
  '5.7': v57.settings,
};

/** Words that Celery itself writes in two ways. */
const SAME_TYPE: { readonly [word: string]: string } = { str: 'string', bytes: 'string' };

const union = unite();

/**
 * Settings by name.
 * @param version a line such as "5.6"; undefined, or a line we have no table of: the union of all lines, each setting as its newest line has it
 */
export function settingsOf(version: string | undefined): ReadonlyMap<string, Setting> {
  const line = LINES.find((candidate) => candidate === version);
  return line === undefined ? union : byLine[line];
}

/** Says in words which lines know a setting: "since 5.5", "until 5.6", or undefined where all do. */
export function availability(setting: Setting): string | undefined {
  if (setting.lines.length === LINES.length) return undefined;
  const first = setting.lines[0];
  const last = setting.lines[setting.lines.length - 1];
  if (last === LINES[LINES.length - 1]) return `since ${first}`;
  if (first === LINES[0]) return `until ${last}`;
  return `from ${first} to ${last}`;
}

/** The new name of an upper-case one, for example CELERYD_CONCURRENCY; also of the upper-case forms that a Django settings module uses. */
export function newNameOf(name: string): string | undefined {
  if (name !== name.toUpperCase()) return undefined;
  const known = oldNames.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return [lower, lower.replace(/^celery_/, '')].find((candidate) => union.has(candidate));
}

const oldNames = new Map<string, string>();
for (const setting of union.values()) for (const old of setting.oldNames) oldNames.set(old, setting.name);

const byLine: { readonly [line in Line]: ReadonlyMap<string, Setting> } = {
  '5.3': tableOf('5.3'),
  '5.4': tableOf('5.4'),
  '5.5': tableOf('5.5'),
  '5.6': tableOf('5.6'),
  '5.7': tableOf('5.7'),
};

function tableOf(line: Line): ReadonlyMap<string, Setting> {
  return new Map(
    Object.entries(TABLES[line]).map(([name, row]) => [name, settingFrom(name, row, union.get(name)?.lines ?? [line])]),
  );
}

function unite(): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const line of LINES)
    for (const [name, row] of Object.entries(TABLES[line]))
      settings.set(name, settingFrom(name, row, [...(settings.get(name)?.lines ?? []), line]));
  return settings;
}

function settingFrom(name: string, row: Row, lines: readonly Line[]): Setting {
  return { name, type: SAME_TYPE[row.type] ?? row.type, default: row.default, oldNames: row.old ?? [], lines };
}
