/** What is wrong with a cron string, and what to do; never holds the string. */
export interface CronProblem {
  readonly problem: string;
  readonly fix: string;
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** In the order of crontab(5). */
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 6, names: DAYS },
];

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const MACROS: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Why Celery's crontab could not take a string of five fields, or would never come: minute, hour, day of month, month, day of week.
 * Numbers, names of months and days, lists, ranges and steps, as celery.schedules.crontab_parser reads them in 5.3 to 5.7
 * (ranges may wrap around: fri-mon).
 */
export function cronProblem(text: string): CronProblem | undefined {
  const fields = text.trim().split(/\s+/);
  if (text.startsWith('@')) {
    const meaning = MACROS[text.trim()];
    return {
      problem: 'is a macro, which Celery does not know',
      fix: meaning === undefined ? 'write five fields, as in */5 * * * *' : `write ${meaning}`,
    };
  }
  if (fields.length !== FIELDS.length || text.trim() === '')
    return {
      problem: `has ${text.trim() === '' ? 'no' : fields.length} field${fields.length === 1 && text.trim() !== '' ? '' : 's'} instead of five`,
      fix: 'write minute, hour, day of month, month and day of week, as in */5 * * * *',
    };
  const days = new Set<number>();
  const months = new Set<number>();
  for (const [index, field] of FIELDS.entries()) {
    const values = valuesOf(fields[index] ?? '', field);
    if (!(values instanceof Set)) return values;
    for (const value of values) {
      if (index === 2) days.add(value);
      if (index === 3) months.add(value);
    }
  }
  const comes = [...months].some((month) => [...days].some((day) => day <= (DAYS_IN_MONTH[month - 1] ?? 31)));
  return comes
    ? undefined
    : { problem: 'names a day that none of its months has', fix: 'correct the day of month or the month' };
}

function valuesOf(text: string, field: Field): Set<number> | CronProblem {
  const all = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_unused, at) => from + at);
  const result = new Set<number>();
  const refused = (what: string): CronProblem => ({
    problem: `has ${what} in its ${field.name} field`,
    fix: `write *, a number from ${field.least} to ${field.most}${field.names.length === 0 ? '' : ' or a name'}, a range such as ${field.least}-${field.least + 3}, a list with commas, or a step such as */2`,
  });
  for (const part of text.split(',')) {
    const match = /^(?:(\*)|([A-Za-z]+|\d+)(?:-([A-Za-z]+|\d+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return refused('something unreadable');
    const [, star, first, last, step] = match;
    if (step !== undefined && (Number(step) === 0 || (star === undefined && last === undefined)))
      return refused('a step without a range');
    let values: number[];
    if (star !== undefined) values = all(field.least, field.most);
    else {
      const from = numberOf(first ?? '', field);
      const to = last === undefined ? from : numberOf(last, field);
      if (from === undefined || to === undefined)
        return field.name === 'day of week' && (first === '7' || last === '7')
          ? { problem: 'has day of week 7', fix: 'write 0 or sun for Sunday' }
          : refused('a value out of range');
      values = to < from ? [...all(from, field.most), ...all(field.least, to)] : all(from, to);
    }
    for (const [index, value] of values.entries()) if (index % Number(step ?? 1) === 0) result.add(value);
  }
  return result;
}

function numberOf(text: string, field: Field): number | undefined {
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    return value >= field.least && value <= field.most ? value : undefined;
  }
  const index = text.length < 3 ? -1 : field.names.indexOf(text.slice(0, 3).toLowerCase());
  return index === -1 ? undefined : index + field.least;
}
