import { ConnectionError } from './errors.ts';

/** A longer line is not an object of Kubernetes: etcd refuses values over 1.5 MiB. */
const maxLineBytes = 32 * 1024 * 1024;
const newline = 0x0a;

function parseLine(parts: readonly Uint8Array[]): unknown {
  const text = Buffer.concat(parts).toString('utf8').trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ConnectionError('EBADMESSAGE', 'the watch stream is not JSON'); // its text may be confidential
  }
}

/**
 * The JSON values of a stream with one value per line. Chunks may be cut anywhere: a byte 0x0A is never part of a longer
 * UTF-8 sequence, so bytes are collected up to it before decoding. What follows the last newline was cut off and is dropped.
 * @throws ConnectionError EBADMESSAGE for a line that is not JSON or is longer than 32 MiB
 */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void, undefined> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end));
      const value = parseLine(parts);
      parts = [];
      size = 0;
      start = end + 1;
      if (value !== undefined) yield value;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxLineBytes) throw new ConnectionError('EBADMESSAGE', 'a line of the watch stream is too long');
  }
}
