import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConnectionError } from './errors.ts';
import { jsonLines } from './json-lines.ts';

async function* from(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function parsed(chunks: Iterable<Uint8Array>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(from(chunks))) values.push(value);
  return values;
}

test('values survive any cut of the stream, also within a character', async () => {
  const value = fc.jsonValue({ stringUnit: 'grapheme' });
  await fc.assert(
    fc.asyncProperty(fc.array(value), fc.array(fc.nat({ max: 30 })), async (values, sizes) => {
      const bytes = Buffer.from(values.map((each) => `${JSON.stringify(each)}\n`).join(''));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      assert.equal(await parsed(chunks), JSON.parse(JSON.stringify(values)));
    }),
  );
});

test('empty lines and Windows line ends do no harm', async () => {
  assert.equal(await parsed([Buffer.from('\n{"a":1}\r\n\n{"a":2}\n')]), [{ a: 1 }, { a: 2 }]);
});

test('a line cut off by the end is dropped', async () => {
  assert.equal(await parsed([Buffer.from('{"a":1}\n{"a"')]), [{ a: 1 }]);
});

test('garbage is an error that does not quote it', async () => {
  try {
    await parsed([Buffer.from('{"token":"hunter2"\n')]);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ConnectionError);
    assert.not.match(String(error), 'hunter2');
  }
});

test('a line without end is refused before memory is', async () => {
  function* endless(): Generator<Uint8Array> {
    for (;;) yield Buffer.alloc(1024 * 1024, 'a');
  }
  try {
    await parsed(endless());
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), 'too long');
  }
});

test.run();
