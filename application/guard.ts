import type { ErrorObject } from 'ajv';
import { COMPONENT_WORDS, LIMITS } from '../schemas/celery-application.ts';
import { validate } from '../schemas/generated/validate.js';
import type { Finding } from './finding.ts';
import { bounded, findings } from './findings.ts';
import type { Installation } from './installation.ts';
import { finding } from './rules/catalogue.ts';
import { child, isMap, textAt, within } from './rules/read.ts';

/**
 * All of what the API server, the CRD's CEL rules and the webhook would say about an object. For stored objects, which
 * may be older than schema and rules, and for the command line, which has no API server.
 * @param object any JSON
 * @param installation what the operator's installation offers
 */
export function guard(object: unknown, installation: Installation): Finding[] {
  const schemaFindings = validate(object) ? [] : (validate.errors ?? []).map((error) => fromSchema(error, object));
  return bounded([...unique(schemaFindings), ...nameFindings(object), ...findings(object, installation)]);
}

function unique(all: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return all.filter(({ path, problem }) => {
    const id = `${path}\n${problem}`;
    return seen.has(id) ? false : seen.add(id);
  });
}

function fromSchema(error: ErrorObject, object: unknown): Finding {
  const path = kubernetesPath(error.instancePath, object);
  const { params } = error;
  switch (error.keyword) {
    case 'required':
      return finding(
        'CEL000',
        path === '' ? String(params.missingProperty) : child(path, String(params.missingProperty)),
        'is required',
        'add it',
      );
    case 'type':
      return finding(
        'CEL000',
        path === '' ? 'object' : path,
        `must be ${[params.type].flat().join(' or ')}`,
        `write ${[params.type].flat().join(' or ')}`,
      );
    case 'enum':
      return finding(
        'CEL000',
        path,
        'is not one of the allowed values',
        `write one of ${[params.allowedValues].flat().join(', ')}`,
      );
    case 'pattern':
      return finding(
        'CEL000',
        path,
        'does not match the required pattern',
        `write a value that matches ${String(params.pattern)}`,
      );
    default:
      return finding(
        'CEL000',
        path === '' ? 'object' : path,
        error.message ?? 'does not fit the schema',
        'correct the value',
      );
  }
}

/** /spec/workers/0/config/a.b → spec.workers[0].config["a.b"]; whether a step is an index is decided by the object. */
function kubernetesPath(pointer: string, object: unknown): string {
  let at = object;
  let path = '';
  for (const step of pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    path = Array.isArray(at) ? `${path}[${step}]` : path === '' ? step : child(path, step);
    at = Array.isArray(at) ? at[Number(step)] : isMap(at) ? at[step] : undefined;
  }
  return path;
}

/** CEL002: the same rules as the CEL expressions of the CRD (schemas/celery-application.ts). */
function nameFindings(object: unknown): Finding[] {
  const name = textAt(within(object, 'metadata'), 'name');
  const path = 'metadata.name';
  if (name === undefined) return [finding('CEL002', path, 'is not set', 'give the application a name')];
  const found: Finding[] = [];
  if (name.length > LIMITS.applicationName)
    found.push(
      finding(
        'CEL002',
        path,
        `has more than ${LIMITS.applicationName} characters, so that the names of Deployments and pods would not fit`,
        'choose a shorter name',
      ),
    );
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name))
    found.push(
      finding(
        'CEL002',
        path,
        'must start with a letter and hold only lower-case letters, digits and "-" (no dots)',
        'choose such a name',
      ),
    );
  if (new RegExp(`-(${COMPONENT_WORDS.join('|')})(-|$)`).test(name))
    found.push(
      finding(
        'CEL002',
        path,
        `holds one of ${COMPONENT_WORDS.map((word) => `-${word}`).join(', ')} as a part, and two applications could claim the same Deployment`,
        'choose another name',
      ),
    );
  return found;
}
