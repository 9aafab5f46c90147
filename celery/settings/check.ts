import { distance } from 'fastest-levenshtein';
import { availability, LINES, type Line, newNameOf, type Setting, settingsOf } from './tables.ts';
import { inWords, shapeInWords, shapeOf, shapesOf } from './value-types.ts';

/** Why a setting cannot work as written, or works only in part of the supported lines ("some-versions"). */
export type SettingProblemKind =
  | 'near-miss'
  | 'old-name'
  | 'other-version'
  | 'some-versions'
  | 'wrong-type'
  | 'unserialisable';

/** What is wrong with one setting. The texts hold names and types, never a value. */
export interface SettingProblem {
  readonly kind: SettingProblemKind;
  readonly problem: string;
  readonly fix: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
}

/** Deeper values exhaust PyYAML's recursion. */
const DEEPEST = 50;

/**
 * Checks one setting as Celery would read it from a configuration. A name that nobody knows is legal: extensions and
 * applications keep their own keys there (redbeat_*, ONCE); only a name close to a known one is taken for a slip.
 * @param name the key
 * @param value its JSON value
 * @param version a line such as "5.6", or undefined when it is not known; other lines count as not known
 * @returns the first problem, or undefined
 */
export function checkSetting(name: string, value: unknown, version?: string): SettingProblem | undefined {
  return check(
    name,
    value,
    LINES.find((line) => line === version),
  );
}

function check(name: string, value: unknown, version: Line | undefined): SettingProblem | undefined {
  const settings = settingsOf(version);
  const setting = settings.get(name);
  if (setting === undefined) return checkUnknown(name, version) ?? checkPlain(value);
  const wrong = checkPlain(value) ?? checkType(setting, value, version);
  if (wrong !== undefined) return wrong;
  const known = availability(setting);
  if (version === undefined && known !== undefined)
    return {
      kind: 'some-versions',
      problem: `exists only in some supported versions of Celery (${known})`,
      fix: 'state spec.celeryVersion, so that it can be checked against the version in the image',
    };
  return undefined;
}

function checkUnknown(name: string, version: string | undefined): SettingProblem | undefined {
  const elsewhere = settingsOf(undefined).get(name);
  if (elsewhere !== undefined)
    return {
      kind: 'other-version',
      problem: `is not a setting of Celery ${version}: it exists ${availability(elsewhere) ?? 'in other versions'}`,
      fix: 'remove it, or run another version of Celery and state that in spec.celeryVersion',
    };
  const renamed = newNameOf(name);
  if (renamed !== undefined)
    return {
      kind: 'old-name',
      problem: 'is an upper-case name, and Celery refuses to mix those with lower-case ones',
      fix: `write ${renamed}`,
      suggestion: renamed,
    };
  const meant = nearest(name, settingsOf(version).keys());
  if (meant === undefined) return undefined;
  return {
    kind: 'near-miss',
    problem: 'is not a setting of Celery, which would ignore it silently',
    fix: `write ${meant}`,
    suggestion: meant,
  };
}

function checkType(setting: Setting, value: unknown, version: string | undefined): SettingProblem | undefined {
  const shapes = shapesOf(setting);
  const shape = shapeOf(value);
  if (shapes === undefined || shape === undefined || shape === 'null' || shapes.includes(shape)) return undefined;
  if (shape === 'integer' && shapes.includes('number')) return undefined;
  // Since 5.7 the number may be worked out from the CPU quota.
  if (setting.name === 'worker_concurrency' && value === 'auto' && (version === undefined || version === '5.7'))
    return undefined;
  // Celery accepts an empty list where it wants a map of queues.
  if (setting.name === 'task_queues' && Array.isArray(value) && value.length === 0) return undefined;
  return {
    kind: 'wrong-type',
    problem: `must be ${inWords(shapes)}, not ${shapeInWords(shape)}`,
    fix:
      setting.name === 'task_queues'
        ? 'write a map from queue name to its options, for example {"high": {"routing_key": "high"}}'
        : shape === 'string' && !shapes.includes('string')
          ? `write ${inWords(shapes)} without quotation marks`
          : `write ${inWords(shapes)}`,
  };
}

function checkPlain(value: unknown): SettingProblem | undefined {
  const reason = unserialisable(value, 0);
  return reason === undefined
    ? undefined
    : { kind: 'unserialisable', problem: reason, fix: 'give a plain JSON value, or set it in the application module' };
}

function unserialisable(value: unknown, depth: number): string | undefined {
  if (depth > DEEPEST) return `is nested more than ${DEEPEST} levels deep`;
  const shape = shapeOf(value);
  if (shape === undefined) return 'holds a value that JSON cannot carry';
  if (shape === 'integer' && !Number.isSafeInteger(value))
    return 'holds an integer beyond 2^53, which would lose digits';
  if (typeof value === 'string' && !value.isWellFormed()) return 'holds text that is not valid Unicode';
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, child] of Object.entries(value)) {
    const reason = key.isWellFormed() ? unserialisable(child, depth + 1) : 'holds text that is not valid Unicode';
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Stricter than a suggestion for a closed vocabulary: here a near name is refused, so it must be very near. */
function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  const written = bare(name);
  const allowed = written.length < 5 ? 0 : written.length < 10 ? 1 : 2;
  let best: string | undefined;
  let least = allowed + 1;
  for (const candidate of candidates) {
    const edits = distance(written, bare(candidate));
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** taskAcksLate, task-acks-late and task_acks_late are one name to a person. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, '');
