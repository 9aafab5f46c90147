/** Settings as Celery takes them: lower-case names, JSON values. */
export type Settings = { readonly [name: string]: unknown };

/** The settings as JSON: names sorted at the top, two spaces, a newline at the end. The same settings give the same bytes. */
export function configJson(settings: Settings): string {
  return `${JSON.stringify(ordered(settings), null, 2)}\n`;
}

/**
 * The settings as YAML that PyYAML (YAML 1.1) reads back as exactly the values of the JSON: every string is in double
 * quotes, so that yes, on, 1e3, 12:30:00, 0777 and 2026-01-01 stay strings; nested values are in flow style.
 */
export function configYaml(settings: Settings): string {
  const names = Object.keys(ordered(settings));
  if (names.length === 0) return '{}\n';
  return names.map((name) => `${key(name)}: ${flow(settings[name])}\n`).join('');
}

function ordered(settings: Settings): Settings {
  return Object.fromEntries(
    Object.keys(settings)
      .sort()
      .map((name) => [name, settings[name]]),
  );
}

/** Words that YAML 1.1 takes for booleans or null when they stand without quotes. */
const WORDS = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null']);

function key(name: string): string {
  // Quoting every key would be correct too; plain names are easier to read for people.
  // PyYAML refuses plain keys ("simple keys") over 1024 characters; "?" marks the long ones.
  const text = /^[a-z][a-z0-9_]*$/.test(name) && !WORDS.has(name) ? name : quoted(name);
  return text.length > 1000 ? `? ${text}\n` : text;
}

function flow(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .filter(([, child]) => child !== undefined)
      .map(([name, child]) => flowPair(name, child))
      .join(', ')}}`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return number(value);
  return value === true ? 'true' : 'false';
}

function flowPair(name: string, value: unknown): string {
  const text = quoted(name);
  return text.length > 1000 ? `? ${text} : ${flow(value)}` : `${text}: ${flow(value)}`;
}

/** YAML 1.1 wants a point in the mantissa and a sign in the exponent: 1e21 would be a string, 1.0e+21 is a number. */
function number(value: number): string {
  const text = JSON.stringify(value);
  const match = /^(-?\d+)(\.\d+)?e([+-]\d+)$/.exec(text);
  return match === null ? text : `${match[1]}${match[2] ?? '.0'}e${match[3]}`;
}

/** A double-quoted scalar in ASCII: nothing in it is left to the reader's idea of line breaks, tabs or encodings. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
