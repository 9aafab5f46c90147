import { isDeepStrictEqual } from 'node:util';
import type { CeleryApplication } from '../application/celery-application.ts';
import { type Finding, formatFinding } from '../application/finding.ts';
import { GROUP, KIND } from '../schemas/celery-application.ts';
import type { AdmissionRequest, AdmissionResponse, Decision, JsonObject } from './admission.ts';
import { isObject, own } from './decode.ts';
import { ERRORS, WebhookError } from './errors.ts';
import { allowed, denied } from './respond.ts';

/** All findings about one application, in stable order; never throws on anything that fits the schema. */
export type FindingsOf = (application: CeleryApplication) => readonly Finding[];

/** A person reads these; past this many they fix the first ones first. Keeps the answer below etcd's and kubectl's patience. */
const MOST_ERRORS = 50;
/** The API server cuts one warning at 256 characters and drops what exceeds 4096 in all. */
const WARNING_LENGTH = 256;
const MOST_WARNINGS = 15;

/**
 * Decides about CeleryApplications: refuses with every error at once, passes with warnings.
 * Not asked are the rules where the spec is not what changes, lest an application stored before a rule existed could not lose its finalizer.
 * @param findingsOf application/findings.ts with the installation filled in
 */
export function validator(findingsOf: FindingsOf): Decision {
  return (request) => {
    if (request.kind.group !== GROUP || request.kind.kind !== KIND) throw unexpectedKind(request);
    const { object } = request;
    if (request.subResource !== undefined || object === undefined || !needsRules(request, object))
      return allowed(request.uid);
    // The API server has checked the object against the CRD's schema before it asks.
    return judge(request, findingsOf(object as unknown as CeleryApplication));
  };
}

function needsRules(request: AdmissionRequest, object: JsonObject): boolean {
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return false;
  const metadata = own(object, 'metadata');
  if (isObject(metadata) && own(metadata, 'deletionTimestamp')) return false;
  if (request.operation === 'CREATE' || request.oldObject === undefined) return true;
  return !isDeepStrictEqual(own(object, 'spec'), own(request.oldObject, 'spec'));
}

function judge(request: AdmissionRequest, findings: readonly Finding[]): AdmissionResponse {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const warnings = warningsOf(findings);
  if (errors.length === 0) return allowed(request.uid, warnings);
  const name = nameOf(request);
  const shown = errors.slice(0, MOST_ERRORS);
  const lines = shown.map((finding) => `* ${formatFinding(finding)}`);
  if (shown.length < errors.length) lines.push(`* and ${errors.length - shown.length} more`);
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return denied(
    request.uid,
    {
      code: 422,
      reason: 'Invalid',
      message: [`${KIND} "${name}" is refused: ${count}`, ...lines].join('\n'),
      // kubectl shows only kind, name and causes of an Invalid status, other clients only the message: so both tell everything.
      details: {
        name,
        group: GROUP,
        kind: KIND,
        causes: shown.map(({ code, path, problem, fix }) => ({
          reason: code,
          field: path,
          message: `${problem}; ${fix} [${code}]`,
        })),
      },
    },
    warnings,
  );
}

function warningsOf(findings: readonly Finding[]): string[] {
  const all = findings
    .filter((finding) => finding.severity === 'warning')
    .map((finding) => shorten(formatFinding(finding)));
  if (all.length <= MOST_WARNINGS) return all;
  return [
    ...all.slice(0, MOST_WARNINGS),
    `and ${all.length - MOST_WARNINGS} more warnings: see celery-operator validate`,
  ];
}

/** Keeps the end, too: the code stands there. */
function shorten(text: string): string {
  if (text.length <= WARNING_LENGTH) return text;
  const end = text.slice(text.lastIndexOf(' ['));
  return `${text.slice(0, WARNING_LENGTH - 2 - end.length).toWellFormed()}…${end}`;
}

/** What a person calls the object of a request: its name, or what the API server will make one from. */
export function nameOf(request: AdmissionRequest): string {
  if (request.name !== undefined) return request.name;
  const metadata = request.object === undefined ? undefined : own(request.object, 'metadata');
  if (!isObject(metadata)) return '';
  const name = own(metadata, 'name') || own(metadata, 'generateName');
  return typeof name === 'string' ? name : '';
}

/** The refusal of a kind that the webhook configuration should not have sent. */
export function unexpectedKind({ kind, uid }: AdmissionRequest): WebhookError {
  return new WebhookError(ERRORS.unexpectedKind, `${kind.group}/${kind.version} ${kind.kind}`.slice(0, 256), uid);
}
