import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createClient } from '../kubernetes/client.ts';
import { issueAuthority, issueLeaf } from './certificates/issue.ts';
import { LIFETIMES } from './certificates/lifetimes.ts';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { runWebhook } from './run.ts';

/** Nothing listens there: the webhook serves what needs no API server. */
const client = createClient({ server: 'http://127.0.0.1:9', namespace: 'ops' });

test('with certificate files the webhook is ready without an API server, and drains before it ends', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'webhook-'));
  const authority = await issueAuthority(Date.now(), LIFETIMES);
  const leaf = await issueLeaf(authority, ['127.0.0.1'], Date.now(), LIFETIMES);
  writeFileSync(join(directory, 'tls.crt'), leaf.cert);
  writeFileSync(join(directory, 'tls.key'), leaf.key);
  const config = readConfig([], {
    NAMESPACE: 'ops',
    PORT: '0',
    METRICS_PORT: '0',
    DRAIN_SECONDS: '1',
    TLS_CERT_FILE: join(directory, 'tls.crt'),
    TLS_KEY_FILE: join(directory, 'tls.key'),
  });
  assert.ok(config);
  const running = await runWebhook({
    config,
    client,
    findingsOf: () => [],
    log: createLog('fatal'),
    host: '127.0.0.1',
  });
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${running.metricsPort}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const ask = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: running.port, path: '/', ca: authority.cert, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  while (running.notReady().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await get('/readyz'), { status: 200, text: 'ok\n' });
  assert.is((await get('/healthz')).status, 200);
  assert.match((await get('/metrics')).text, /certificate_not_after_seconds\{kind="leaf"\} \d{10}/);
  const stopped = running.stop();
  assert.equal(await get('/readyz'), { status: 503, text: 'shutting down\n' });
  assert.is(await ask(), 404, 'still serving');
  await stopped;
  assert.instance(await ask().catch((error) => error), Error);
  rmSync(directory, { recursive: true });
});

test('what must not be logged is redacted even if something logs it', () => {
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  createLog('info', sink).info({ request: { object: { url: 'hunter2' }, uid: 'u-1' }, token: 'hunter2' }, 'odd');
  assert.not.match(text, /hunter2/);
  assert.match(text, /u-1/);
});

test('a wrong setting ends the process with one sentence and status 1', async () => {
  const env = { ...process.env, NAMESPACE: 'ops', PORT: 'x' };
  const child = spawn(process.execPath, [join(import.meta.dirname, '../cli/main.ts'), 'webhook'], { env });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'exit');
  assert.is(code, 1);
  assert.match(said, /PORT is "x"; it must be a whole number/);
  assert.not.match(said, / at /);
});

test.run();
