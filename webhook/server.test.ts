import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AdmissionResponse, Decision } from './admission.ts';
import { type Issued, issueAuthority, issueLeaf } from './certificates/issue.ts';
import { LIFETIMES } from './certificates/lifetimes.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { allowed } from './respond.ts';
import { type AdmissionServer, BODY_LIMIT, createAdmissionServer, type ServerOptions } from './server.ts';

const authority: Issued = await issueAuthority(Date.now(), LIFETIMES);
const leaf: Issued = await issueLeaf(authority, ['localhost', '127.0.0.1'], Date.now(), LIFETIMES);

interface Running extends AdmissionServer {
  readonly port: number;
  readonly log: () => string;
  readonly metrics: ServerOptions['metrics'];
}

async function serve(decide: Decision, limits: ServerOptions['limits'] = {}): Promise<Running> {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const metrics = createMetrics();
  const server = createAdmissionServer({
    validate: decide,
    mutate: decide,
    metrics,
    limits,
    log: createLog('debug', sink),
  });
  server.tls.setSecureContext(leaf);
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  return { ...server, port: (server.tls.address() as AddressInfo).port, log: () => lines.join(''), metrics };
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: {
    readonly kind: string;
    readonly code?: number;
    readonly message?: string;
    readonly response: AdmissionResponse;
  };
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly type?: string;
  readonly agent?: Agent;
}

function send(
  port: number,
  body: string | Buffer,
  { path = '/validate?timeout=5s', method = 'POST', type = 'application/json', agent }: Sent = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const request = httpsRequest(
      { host: '127.0.0.1', port, path, method, headers, ca: authority.cert, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text === '' ? {} : JSON.parse(text),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const review = (object: string, more = ''): string =>
  `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1","kind":{"group":"g","version":"v1","kind":"K"},"operation":"CREATE","object":${object}${more}}}`;

const allow: Decision = (request) => allowed(request.uid);

async function during(
  decide: Decision,
  body: (server: Running) => Promise<void>,
  limits?: ServerOptions['limits'],
): Promise<void> {
  const server = await serve(decide, limits);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

test('an AdmissionReview is answered with its uid', () =>
  during(allow, async ({ port }) => {
    const { status, body, headers } = await send(port, review('{}'));
    assert.is(status, 200);
    assert.match(String(headers['content-type']), /^application\/json/);
    assert.equal(body, {
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      response: { uid: 'u-1', allowed: true },
    });
  }));

test('a charset beside application/json is understood, another type is refused', () =>
  during(allow, async ({ port }) => {
    assert.is((await send(port, review('{}'), { type: 'application/json; charset=utf-8' })).status, 200);
    for (const type of ['text/plain', 'application/yaml', 'application/jsonp']) {
      const { status, body } = await send(port, review('{}'), { type });
      assert.is(status, 415);
      assert.is(body.kind, 'Status');
    }
  }));

test('a body that is no AdmissionReview is a bad request', () =>
  during(allow, async ({ port }) => {
    const bodies = [
      '',
      '{',
      'x',
      '[]',
      'null',
      '1',
      '"a"',
      '{}',
      review('{}').replace('AdmissionReview', 'Pod').replace('u-1', ''),
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":7}}',
    ];
    for (const body of bodies) {
      const answer = await send(port, body);
      assert.is(answer.status, 400, body);
      assert.is(answer.body.kind, 'Status', body);
    }
  }));

test('a malformed request with a uid is denied under that uid', () =>
  during(allow, async ({ port }) => {
    const bodies = [
      review('null'),
      review('[]'),
      review('"x"'),
      review('{}').replace('CREATE', 'PATCH'),
      review('{}').replace('"kind":{"group":"g","version":"v1","kind":"K"},', ''),
      review('{}').replace('admission.k8s.io/v1', 'admission.k8s.io/v2'),
    ];
    for (const body of bodies) {
      const { status, body: answer } = await send(port, body);
      assert.is(status, 200, body);
      assert.is(answer.response.uid, 'u-1');
      assert.is(answer.response.allowed, false);
      assert.is(answer.response.status?.code, 400, body);
    }
  }));

test('DELETE comes without an object', () =>
  during(allow, async ({ port }) => {
    const { body } = await send(port, review('null', ',"oldObject":{}').replace('CREATE', 'DELETE'));
    assert.ok(body.response.allowed);
  }));

test('a fault of ours is denied with a generic sentence, and neither answer nor log quotes the object', () => {
  const secret = 'redis://:hunter2@redis';
  const fails: Decision = (request) => {
    throw new Error(`cannot read ${JSON.stringify(request.object)}`);
  };
  return during(fails, async ({ port, log }) => {
    const { body } = await send(port, review(`{"url":"${secret}"}`));
    assert.is(body.response.status?.code, 500);
    assert.is(body.response.uid, 'u-1');
    assert.not.match(JSON.stringify(body), /hunter2|at .*\.ts/);
    assert.match(log(), /server\.test\.ts/);
    assert.not.match(log(), /hunter2/);
  });
});

test('100,000 levels of nesting are refused, 400 are not', () =>
  during(allow, async ({ port }) => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    assert.is((await send(port, review(nested(100_000)))).body.response.status?.code, 400);
    assert.ok((await send(port, review(nested(400)))).body.response.allowed);
    assert.is((await send(port, '['.repeat(100_000))).status, 400);
  }));

test('names such as __proto__ are data, lone surrogates survive, of duplicate keys the last wins', () => {
  let seen: unknown;
  const look: Decision = (request) => {
    seen = request.object;
    return allowed(request.uid);
  };
  return during(look, async ({ port }) => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"lone":"\\ud800","a":1,"a":2}';
    await send(port, review(text));
    assert.is(JSON.stringify(seen), text.replace('"a":1,', ''));
    assert.is(({} as { polluted?: number }).polluted, undefined);
  });
});

test('7 MiB pass and one byte more does not', () =>
  during(allow, async ({ port }) => {
    const room = BODY_LIMIT - review('{"a":""}').length;
    assert.ok((await send(port, review(`{"a":"${'x'.repeat(room)}"}`))).body.response.allowed);
    const over = await send(port, review(`{"a":"${'x'.repeat(room + 1)}"}`)).catch((error: Error) => error);
    if (!(over instanceof Error)) assert.is(over.status, 413); // else the connection ended while we were still sending
    assert.ok((await send(port, review('{}'))).body.response.allowed);
  }));

test('unknown paths and methods are not found', () =>
  during(allow, async ({ port }) => {
    assert.is((await send(port, review('{}'), { path: '/' })).status, 404);
    assert.is((await send(port, '', { method: 'GET' })).status, 404);
  }));

test('a decision that takes too long is answered for before the API server gives up', () => {
  const never: Decision = () => new Promise(() => {});
  return during(never, async ({ port }) => {
    const started = performance.now();
    const { body } = await send(port, review('{}'), { path: '/mutate?timeout=1s' });
    assert.ok(performance.now() - started < 1000);
    assert.is(body.response.status?.code, 504);
    assert.is(body.response.uid, 'u-1');
  });
});

test('a decision that ends on the signal gives its own answer', () => {
  const waits: Decision = ({ uid }, { signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(allowed(uid, ['late']))));
  return during(waits, async ({ port }) => {
    const { body } = await send(port, review('{}'), { path: '/mutate?timeout=200ms' });
    assert.equal(body.response.warnings, ['late']);
  });
});

test('200 at once are all answered', () =>
  during(
    async (request) => allowed(request.uid),
    async ({ port }) => {
      const answers = await Promise.all(Array.from({ length: 200 }, () => send(port, review('{}'))));
      assert.ok(answers.every(({ status, body }) => status === 200 && body.response.allowed));
    },
  ));

test('too many at once are asked to come back, and those under way are answered', () => {
  const waiting: (() => void)[] = [];
  const slow: Decision = ({ uid }) => new Promise((resolve) => waiting.push(() => resolve(allowed(uid))));
  return during(
    slow,
    async ({ port }) => {
      const first = [send(port, review('{}')), send(port, review('{}'))];
      while (waiting.length < 2) await new Promise(setImmediate);
      const refused = await send(port, review('{}'));
      assert.is(refused.status, 429);
      assert.is(refused.headers['retry-after'], '1');
      for (const go of waiting) go();
      assert.ok((await Promise.all(first)).every(({ body }) => body.response.allowed));
      waiting.length = 0;
      const next = send(port, review('{}'));
      while (waiting.length < 1) await new Promise(setImmediate);
      waiting[0]?.();
      assert.is((await next).status, 200);
    },
    { requests: 2 },
  );
});

test('large bodies are bounded together, but one always fits', () =>
  during(
    allow,
    async ({ port }) => {
      assert.is((await send(port, review(`{"a":"${'x'.repeat(5000)}"}`))).status, 200);
    },
    { bytes: 1000 },
  ));

async function raw(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.cert });
  await once(socket, 'secureConnect');
  return socket;
}

for (const [what, text] of [
  ['headers', 'POST /validate HTTP/1.1\r\nHost: x\r\n'],
  ['a body', 'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'],
] as const) {
  test(`a client that sends ${what} too slowly is cut off`, () =>
    during(
      allow,
      async ({ port }) => {
        const socket = await raw(port);
        socket.resume();
        socket.write(text);
        await once(socket, 'close');
        assert.is((await send(port, review('{}'))).status, 200);
      },
      { arrival: 200 },
    ));
}

test('connections that end early leave nothing behind', () =>
  during(allow, async ({ port, metrics }) => {
    for (let at = 0; at < 20; at++) {
      const socket = await raw(port);
      socket.write(
        'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      );
      socket.destroy();
    }
    const inFlight = async (): Promise<number> => (await metrics.inFlight.get()).values[0]?.value ?? 0;
    assert.is((await send(port, review('{}'))).status, 200);
    while ((await inFlight()) > 0) await new Promise(setImmediate);
  }));

test('a connection that has grown old is asked to end, also while draining', () =>
  during(
    allow,
    async ({ port }) => {
      const agent = new Agent({ keepAlive: true });
      const { headers } = await send(port, review('{}'), { agent });
      assert.is(headers.connection, 'close');
      agent.destroy();
    },
    { connectionAge: 0 },
  ));

test('keep-alive connections go on over a change of certificate, new ones see the new one', () =>
  during(allow, async ({ port, tls }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert });
    await send(port, review('{}'), { agent });
    const next = await issueLeaf(authority, ['127.0.0.1'], Date.now(), LIFETIMES);
    tls.setSecureContext(next);
    assert.is((await send(port, review('{}'), { agent })).status, 200);
    agent.destroy();
    const socket = await raw(port);
    const presented = socket.getPeerX509Certificate()?.toString();
    socket.destroy();
    assert.is(presented?.trim(), next.cert.trim());
  }));

test('closing answers what is under way and does not wait for connections that never asked', () => {
  let go = (): void => {};
  const slow: Decision = ({ uid }) =>
    new Promise((resolve) => {
      go = () => resolve(allowed(uid));
    });
  return during(slow, async ({ port, close, metrics }) => {
    const unused = await raw(port);
    const answer = send(port, review('{}'));
    while (((await metrics.inFlight.get()).values[0]?.value ?? 0) === 0) await new Promise(setImmediate);
    const closed = close();
    setTimeout(() => go(), 20);
    assert.ok((await answer).body.response.allowed);
    await closed;
    unused.destroy();
  });
});

test('requests are counted without names that users chose', () =>
  during(allow, async ({ port, metrics }) => {
    await send(port, review('{}'));
    const text = await metrics.registry.metrics();
    assert.match(
      text,
      /celery_operator_webhook_requests_total\{path="\/validate",operation="CREATE",allowed="true",code="200"\} 1/,
    );
    assert.match(text, /celery_operator_webhook_request_duration_seconds_count\{path="\/validate"\} 1/);
  }));

test.run();
