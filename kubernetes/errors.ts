/** One cause within a refused request, as the API server reports it. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** `details` of a Kubernetes Status. */
export interface StatusDetails {
  readonly name?: string;
  readonly kind?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** Everything an ApiError is made of. */
export interface ApiErrorInput {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: StatusDetails | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** The API server answered, and refused. The message holds neither credentials nor request bodies. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' reason, such as NotFound, Conflict, AlreadyExists, Invalid; '' where the answer had none. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** How long the server asked to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(input: ApiErrorInput) {
    super(input.message);
    this.status = input.status;
    this.reason = input.reason;
    this.details = input.details;
    this.retryAfterSeconds = input.retryAfterSeconds ?? input.details?.retryAfterSeconds;
  }
}

/** No usable answer: refused, reset, timed out, silent or garbled. Whether the request took effect is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /**
   * Such as ECONNREFUSED, ECONNRESET, ETIMEDOUT (no answer in time), EBADMESSAGE (an answer that is not JSON), ESILENT (a
   * watch that brought nothing for its limit), ECANCELED (the client was closed).
   */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Answers to these cannot quote what was sent. */
const quotesNothing = (status: number): boolean => status !== 400 && status !== 422;

/** Where an error came from. */
export interface ErrorContext {
  /** For people: `GET configmaps shop/a`. */
  readonly what: string;
  readonly retryAfterSeconds?: number | undefined;
  /** Values must not appear, because the request was about Secrets: validation messages quote what they refuse. */
  readonly confidential?: boolean;
}

/**
 * Turns the body of a refusal, or of a watch's ERROR event, into an error.
 * @param body a Kubernetes Status, or whatever a proxy answered instead
 */
export function apiError(status: number, body: unknown, context: ErrorContext): ApiError {
  const isStatus = isObject(body) && body.kind === 'Status';
  const reason = isStatus && typeof body.reason === 'string' ? body.reason : '';
  let details = isStatus && isObject(body.details) ? (body.details as StatusDetails) : undefined;
  let text = isStatus && typeof body.message === 'string' ? body.message : '';
  if (context.confidential && !quotesNothing(status)) {
    const fields = details?.causes?.flatMap((cause) => cause.field ?? []) ?? [];
    text = fields.length > 0 ? `fields ${fields.join(', ')}` : 'message withheld, it may quote the Secret';
    details = details && { ...details, causes: details.causes?.map(({ reason, field }) => ({ reason, field })) ?? [] };
  }
  const message = `${context.what}: ${[status, reason, text].filter(Boolean).join(' ')}`;
  return new ApiError({ status, reason, message, details, retryAfterSeconds: context.retryAfterSeconds });
}

const hasStatus = (error: unknown, status: number): error is ApiError =>
  error instanceof ApiError && error.status === status;

/** There is no such object, or no such kind. */
export function isNotFound(error: unknown): error is ApiError {
  return hasStatus(error, 404);
}

const causedBy = (error: ApiError, property: 'field' | 'reason', value: string): boolean =>
  error.details?.causes?.some((cause) => cause[property] === value) ?? false;

/**
 * The object changed meanwhile, has another uid, or a field belongs to someone else. Not: it exists already.
 * Includes 422 "metadata.uid is immutable", which is how server-side apply (Kubernetes 1.35, tried) refuses another uid.
 */
export function isConflict(error: unknown): error is ApiError {
  if (hasStatus(error, 422)) return causedBy(error, 'field', 'metadata.uid');
  return hasStatus(error, 409) && error.reason !== 'AlreadyExists';
}

/** A conflict of server-side apply over fields that another manager owns. */
export function isFieldConflict(error: unknown): error is ApiError {
  return (
    isConflict(error) && (error.details?.causes?.some((cause) => cause.reason === 'FieldManagerConflict') ?? false)
  );
}

/** Creation found the name taken. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return hasStatus(error, 409) && error.reason === 'AlreadyExists';
}

/** RBAC, admission or quota forbids it. */
export function isForbidden(error: unknown): error is ApiError {
  return hasStatus(error, 403);
}

/** The object breaks its schema or a validation rule. */
export function isInvalid(error: unknown): error is ApiError {
  return hasStatus(error, 422) && !isConflict(error);
}

/** The resource version or continue token is too old: list again. */
export function isExpired(error: unknown): error is ApiError {
  return (
    hasStatus(error, 410) || (error instanceof ApiError && (error.reason === 'Expired' || error.reason === 'Gone'))
  );
}

/** Worth another attempt later: overload, server failure or no connection. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectionError || (error instanceof ApiError && (error.status === 429 || error.status >= 500))
  );
}
