/**
 * Everything that this server refuses for a reason of its own (not a finding about a spec, not an application that is missing).
 * Codes are stable and safe to search for; sentences may improve. `status` is the HTTP status, or the code in an AdmissionReview.
 */
export const ERRORS = {
  notFound: {
    code: 'WHK001',
    status: 404,
    reason: 'NotFound',
    message: 'No such path: POST /validate and POST /mutate are served.',
  },
  contentType: {
    code: 'WHK002',
    status: 415,
    reason: 'UnsupportedMediaType',
    message: 'The content type must be application/json.',
  },
  tooLarge: { code: 'WHK003', status: 413, reason: 'RequestEntityTooLarge', message: 'The body is larger than 7 MiB.' },
  notJson: { code: 'WHK004', status: 400, reason: 'BadRequest', message: 'The body is not JSON.' },
  notReview: {
    code: 'WHK005',
    status: 400,
    reason: 'BadRequest',
    message: 'The body is not an AdmissionReview of admission.k8s.io/v1.',
  },
  noRequest: {
    code: 'WHK006',
    status: 400,
    reason: 'BadRequest',
    message: 'The AdmissionReview has no request with a uid.',
  },
  malformedRequest: { code: 'WHK007', status: 400, reason: 'BadRequest', message: 'The AdmissionReview is malformed' },
  tooDeep: {
    code: 'WHK008',
    status: 400,
    reason: 'BadRequest',
    message: 'The object is nested deeper than 500 levels.',
  },
  unexpectedKind: {
    code: 'WHK009',
    status: 400,
    reason: 'BadRequest',
    message: 'This webhook does not answer for this kind of object; correct the rules of the webhook configuration',
  },
  busy: {
    code: 'WHK010',
    status: 429,
    reason: 'TooManyRequests',
    message: 'Too many requests at once; try again in a second.',
  },
  deadline: {
    code: 'WHK011',
    status: 504,
    reason: 'Timeout',
    message: 'No decision within the time that the API server allows; try again.',
  },
  internal: {
    code: 'WHK012',
    status: 500,
    reason: 'InternalError',
    message: 'The webhook failed on this object through a fault of its own; its log has the details under this uid.',
  },
  badRequest: { code: 'WHK013', status: 400, reason: 'BadRequest', message: 'The request could not be read.' },
} as const satisfies Record<string, ErrorEntry>;

/** One kind of refusal. */
export interface ErrorEntry {
  readonly code: string;
  readonly status: number;
  /** metav1.Status reason. */
  readonly reason: string;
  readonly message: string;
}

/** A refusal on its way to the answer. Its message never holds a part of the body. */
export class WebhookError extends Error {
  readonly entry: ErrorEntry;
  /** The request's uid, where it could be read: then the answer is an AdmissionReview and not a bare HTTP error. */
  readonly uid: string | undefined;

  /**
   * @param entry one of ERRORS
   * @param detail what exactly, for a person; from this program's own words only
   * @param uid the request's uid if known
   */
  constructor(entry: ErrorEntry, detail?: string, uid?: string) {
    super(detail === undefined ? entry.message : `${entry.message}: ${detail}`);
    this.name = 'WebhookError';
    this.entry = entry;
    this.uid = uid;
  }
}
