import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog } from '../log.ts';
import { certificateFiles } from './files.ts';
import { type Issued, issueAuthority, issueLeaf } from './issue.ts';
import { LIFETIMES } from './lifetimes.ts';

const directory = mkdtempSync(join(tmpdir(), 'certificate-files-'));
const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
const authority = await issueAuthority(Date.now(), LIFETIMES);
const leaf = (): Promise<Issued> => issueLeaf(authority, ['localhost'], Date.now(), LIFETIMES);
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test.after(() => rmSync(directory, { recursive: true }));

test('files are served when they appear, again when they change, and a half-written pair is passed over', async () => {
  const served: Issued[] = [];
  const expiries: number[] = [];
  const source = certificateFiles({
    certFile,
    keyFile,
    sink: { serve: (issued) => served.push(issued), expires: (_kind, notAfter) => expiries.push(notAfter) },
    log: createLog('fatal'),
    check: 10,
  });
  const stop = new AbortController();
  const running = source.run(stop.signal);
  try {
    await until(() => source.problems()[0]?.includes('ENOENT') ?? false);
    const [one, two] = [await leaf(), await leaf()];
    writeFileSync(keyFile, one.key);
    writeFileSync(certFile, one.cert);
    await until(() => served.length === 1);
    assert.equal(source.problems(), []);
    writeFileSync(certFile, two.cert);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.is(served.length, 1);
    assert.equal(source.problems(), [], 'the loaded pair serves on');
    writeFileSync(keyFile, two.key);
    await until(() => served.length === 2);
    assert.is(served[1]?.cert, two.cert);
    assert.is(expiries.length, 2);
  } finally {
    stop.abort();
    await running;
  }
});

test.run();
