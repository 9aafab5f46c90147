/** The part of admission.k8s.io/v1 that this server reads and writes. Source: k8s.io/api/admission/v1/types.go. */

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A JSON object as it came from the API server: keys such as `__proto__` are plain data, so never assign through a computed name. */
export type JsonObject = { readonly [name: string]: unknown };

export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly operation: Operation;
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly dryRun: boolean;
  /** Present on CREATE and UPDATE. */
  readonly object?: JsonObject;
  /** Present on UPDATE and DELETE. */
  readonly oldObject?: JsonObject;
}

export interface StatusCause {
  readonly field: string;
  readonly message: string;
  readonly reason: string;
}

/** metav1.Status, as far as an admission answer uses it. */
export interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly StatusCause[];
  };
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Status;
  readonly warnings?: readonly string[];
  readonly patchType?: 'JSONPatch';
  /** Base64 of a JSON array of RFC 6902 operations. */
  readonly patch?: string;
}

/** What a decision may use besides the request. */
export interface Context {
  /** Aborts when an answer is due; the decision must then end by itself, or is answered for. */
  readonly signal: AbortSignal;
  /** Milliseconds from the start of this request until then. */
  readonly budget: number;
}

/** Answers one request. Synchronous where nothing has to be waited for: that path sets no timer. */
export type Decision = (request: AdmissionRequest, context: Context) => AdmissionResponse | Promise<AdmissionResponse>;
