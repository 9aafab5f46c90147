import type { IncomingMessage } from 'node:http';
import { ApiError, apiError, ConnectionError, type ErrorContext } from './errors.ts';
import { jsonLines } from './json-lines.ts';
import type { ApiObject } from './object.ts';
import { connectionError, retryAfter } from './transport.ts';

/** One change. A BOOKMARK's object has only its resourceVersion: everything up to it has been sent. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

const types: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Reads the body of a watch until the server ends it.
 * @param inactivityMs silence after which the connection counts as dead, in milliseconds
 * @throws ApiError for an ERROR event (410 Expired: list again); ConnectionError for silence (ESILENT), a cut stream or garbage
 */
export async function* watchEvents<T extends ApiObject>(
  body: IncomingMessage,
  inactivityMs: number,
  context: ErrorContext,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const silence = setTimeout(
    () => body.destroy(new ConnectionError('ESILENT', `${context.what}: silent for ${inactivityMs} ms`)),
    inactivityMs,
  );
  const onData = (): void => void silence.refresh();
  async function* heard(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of body) {
      onData();
      yield chunk as Uint8Array;
    }
  }
  try {
    for await (const line of jsonLines(heard())) {
      if (!isObject(line) || !isObject(line.object))
        throw new ConnectionError('EBADMESSAGE', `${context.what}: no event`);
      if (line.type === 'ERROR') {
        const { code } = line.object;
        throw apiError(typeof code === 'number' ? code : 500, line.object, context);
      }
      if (types.has(line.type)) yield line as unknown as WatchEvent<T>;
      onData(); // the consumer's own time is not the server's silence
    }
  } catch (error) {
    throw error instanceof ApiError ? error : connectionError(context.what, error);
  } finally {
    clearTimeout(silence);
    body.destroy();
  }
}

/** What a server answered instead of a watch. Reads at most 5 s of it. */
export async function refusal(body: IncomingMessage, context: ErrorContext): Promise<ApiError> {
  const limit = setTimeout(() => body.destroy(), 5_000);
  let status: unknown;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    status = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // a proxy's page, or cut off: the HTTP status has to do
  } finally {
    clearTimeout(limit);
  }
  const retryAfterSeconds = retryAfter(body.headers['retry-after']);
  return apiError(body.statusCode ?? 500, status, { ...context, retryAfterSeconds });
}
