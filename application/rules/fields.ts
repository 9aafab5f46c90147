import { spec as specSchema } from '../../schemas/celery-application.ts';
import { unknownFields } from '../../schemas/unknown-fields.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { listAt, member, textAt } from './read.ts';

/** CEL001: fields that the API does not know, anywhere in spec. */
export function unknownFieldNames({ spec }: RuleContext): Finding[] {
  return unknownFields(spec, specSchema, 'spec').map(({ path, suggestion, known }) =>
    finding(
      'CEL001',
      shortened(path),
      'unknown field',
      suggestion !== undefined
        ? `write ${suggestion}`
        : known.length === 0
          ? 'remove it'
          : `remove it, or use one of ${known.slice(0, 40).join(', ')}`,
    ),
  );
}

const shortened = (path: string): string => (path.length > 300 ? `${path.slice(0, 300)}…` : path);

/** CEL003: broker, resultBackend and each entry of envFrom have exactly one source, the management URL at most one. */
export function oneSource({ spec, workers }: RuleContext): Finding[] {
  const broker = member(spec, 'broker');
  const both = ['managementUrl', 'managementUrlFrom'].every((name) => member(broker, name) !== undefined);
  return [
    ...(both
      ? [finding('CEL003', 'spec.broker', 'managementUrl and managementUrlFrom are set together', 'keep one of them')]
      : []),
    ...exactlyOne('spec.broker', member(spec, 'broker'), ['url', 'urlFrom', 'bundled', 'fromImage']),
    ...exactlyOne('spec.resultBackend', member(spec, 'resultBackend'), ['url', 'urlFrom', 'bundled']),
    ...environmentSources('spec', spec),
    ...workers.flatMap(({ path, worker }) => environmentSources(path, worker)),
  ];
}

function environmentSources(path: string, component: unknown): Finding[] {
  return listAt(component, 'envFrom').flatMap((entry, index) =>
    exactlyOne(`${path}.envFrom[${index}]`, entry, ['configMapRef', 'secretRef']),
  );
}

function exactlyOne(path: string, value: unknown, names: readonly string[]): Finding[] {
  if (value === null || typeof value !== 'object') return [];
  const present = names.filter((name) => member(value, name) !== undefined);
  if (present.length === 1) return [];
  const choices = `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
  return [
    present.length === 0
      ? finding('CEL003', path, `none of ${choices} is set`, 'set exactly one of them')
      : finding('CEL003', path, `${present.join(' and ')} are set together`, 'keep one and remove the others'),
  ];
}

/** CEL004: entries of a list keyed by name have different names. */
export function duplicateNames({ spec, workers, beat }: RuleContext): Finding[] {
  return [
    ...duplicates('spec.workers', listAt(spec, 'workers'), 'give every pool a name of its own'),
    ...duplicates('spec.env', listAt(spec, 'env'), 'keep one of them'),
    ...duplicates('spec.imagePullSecrets', listAt(spec, 'imagePullSecrets'), 'keep one of them'),
    ...workers.flatMap(({ path, worker }) => duplicates(`${path}.env`, listAt(worker, 'env'), 'keep one of them')),
    ...duplicates('spec.beat.env', listAt(beat?.beat, 'env'), 'keep one of them'),
  ];
}

function duplicates(path: string, list: readonly unknown[], fix: string): Finding[] {
  const first = new Map<string, number>();
  return list.flatMap((entry, index) => {
    const name = textAt(entry, 'name');
    if (name === undefined) return [];
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return [finding('CEL004', `${path}[${index}].name`, `the same name as ${path}[${earlier}]`, fix)];
  });
}

/** CEL005: spec.app is what `celery -A` can import. */
export function importableApp({ spec }: RuleContext): Finding[] {
  const app = textAt(spec, 'app');
  if (app === undefined || /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_][\w.]*)?$/.test(app)) return [];
  const fix = /\s/.test(app)
    ? 'write the module alone, as in shop.celery:app; options belong in workers[].args'
    : /[/\\]|\.py$/.test(app)
      ? 'write the module with dots and without ".py", as in shop.celery:app'
      : 'write module or module:attribute, as in shop.celery:app';
  return [finding('CEL005', 'spec.app', 'cannot be imported as a Python module', fix)];
}
