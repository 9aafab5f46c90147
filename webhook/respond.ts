import type { AdmissionResponse, Status } from './admission.ts';
import { ERRORS, type ErrorEntry, WebhookError } from './errors.ts';

/** Lets the request pass. */
export function allowed(uid: string, warnings: readonly string[] = []): AdmissionResponse {
  return warnings.length === 0 ? { uid, allowed: true } : { uid, allowed: true, warnings };
}

/** Refuses the request for a reason that its author can do something about. */
export function denied(uid: string, status: Status, warnings: readonly string[] = []): AdmissionResponse {
  return warnings.length === 0 ? { uid, allowed: false, status } : { uid, allowed: false, status, warnings };
}

/**
 * Lets the request pass, changed.
 * @param operations RFC 6902; none is a plain allow
 */
export function patched(uid: string, operations: readonly object[]): AdmissionResponse {
  if (operations.length === 0) return allowed(uid);
  return {
    uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
  };
}

/** Refuses the request for a reason of the webhook's own. Anything but a WebhookError becomes a generic sentence: a message may quote the object. */
export function errored(uid: string, error: unknown): AdmissionResponse {
  const { entry, message } =
    error instanceof WebhookError ? error : { entry: ERRORS.internal, message: ERRORS.internal.message };
  return {
    uid,
    allowed: false,
    status: { code: entry.status, reason: entry.reason, message: `${message} [${entry.code}]` },
  };
}

/** The body of an HTTP answer. */
export function review(response: AdmissionResponse): string {
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response });
}

/** The body of an HTTP error, where there is no uid to answer to: a metav1.Status, which the API server shows. */
export function httpError(entry: ErrorEntry, message: string = entry.message): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: entry.status,
    reason: entry.reason,
    message: `${message} [${entry.code}]`,
  });
}
