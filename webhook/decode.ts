import type { AdmissionRequest, JsonObject, Operation } from './admission.ts';
import { ERRORS, WebhookError } from './errors.ts';

/** Real objects stay below 60 levels. The walkers behind this point may recurse: V8 needs several thousand levels to run out of stack. */
export const MAX_DEPTH = 500;

const OPERATIONS = new Set<unknown>(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

/**
 * Reads an AdmissionReview.
 *
 * `JSON.parse` keeps keys such as `__proto__` and `constructor` as own properties, which is what Kubernetes means by them (they are legal in
 * ConfigMap data and annotations) and harmless as long as nobody assigns through a key; it is iterative, so depth cannot exhaust the stack;
 * of duplicate keys the last wins, as in Go; lone surrogates survive.
 * @param text the body
 * @throws WebhookError, with the uid wherever one could be read. V8's own message is dropped: it quotes the body.
 */
export function decode(text: string): AdmissionRequest {
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch {
    throw new WebhookError(ERRORS.notJson);
  }
  if (!isObject(review)) throw new WebhookError(ERRORS.notReview);
  const request = own(review, 'request');
  const uid = isObject(request) ? own(request, 'uid') : undefined;
  const known = typeof uid === 'string' && uid !== '' && uid.length <= 256 ? uid : undefined;
  if (own(review, 'kind') !== 'AdmissionReview' || own(review, 'apiVersion') !== 'admission.k8s.io/v1') {
    throw new WebhookError(ERRORS.notReview, undefined, known);
  }
  if (!isObject(request) || known === undefined) throw new WebhookError(ERRORS.noRequest);
  if (isDeeperThan(text, MAX_DEPTH)) throw new WebhookError(ERRORS.tooDeep, undefined, known);
  return decodeRequest(request, known);
}

function decodeRequest(request: JsonObject, uid: string): AdmissionRequest {
  const malformed = (what: string): never => {
    throw new WebhookError(ERRORS.malformedRequest, what, uid);
  };
  const operation = own(request, 'operation');
  if (!OPERATIONS.has(operation)) malformed('request.operation is not CREATE, UPDATE, DELETE or CONNECT');
  const kind = own(request, 'kind');
  if (!isObject(kind)) return malformed('request.kind is missing');
  const object = optionalObject(request, 'object', malformed);
  const oldObject = optionalObject(request, 'oldObject', malformed);
  if ((operation === 'CREATE' || operation === 'UPDATE') && object === undefined)
    malformed('request.object is missing');
  const subResource = text(request, 'subResource');
  const name = text(request, 'name');
  const namespace = text(request, 'namespace');
  return {
    uid,
    kind: { group: text(kind, 'group') ?? '', version: text(kind, 'version') ?? '', kind: text(kind, 'kind') ?? '' },
    operation: operation as Operation,
    dryRun: own(request, 'dryRun') === true,
    ...(subResource ? { subResource } : {}),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    ...(object === undefined ? {} : { object }),
    ...(oldObject === undefined ? {} : { oldObject }),
  };
}

/** Whether a value is a JSON object (not an array, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own property: what an object inherits (`constructor`) is not data. */
export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function text(object: JsonObject, name: string): string | undefined {
  const value = own(object, name);
  return typeof value === 'string' ? value : undefined;
}

function optionalObject(request: JsonObject, name: string, malformed: (what: string) => never): JsonObject | undefined {
  const value = own(request, name);
  if (value === undefined || value === null) return undefined;
  return isObject(value) ? value : malformed(`request.${name} is not an object`);
}

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Whether valid JSON nests deeper than a limit. Reads the text, not the value: linear, without recursion or allocation.
 * @param json text that JSON.parse has accepted
 */
export function isDeeperThan(json: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) {
      // indexOf is far faster than looking at each character of a long string.
      do at = json.indexOf('"', at + 1);
      while (isEscaped(json, at));
    } else if (char === 123 || char === 91) {
      if (++depth > limit) return true;
    } else if (char === 125 || char === 93) depth--;
  }
  return false;
}

function isEscaped(json: string, quote: number): boolean {
  let before = quote - 1;
  while (json.charCodeAt(before) === BACKSLASH) before--;
  return (quote - before) % 2 === 0;
}
