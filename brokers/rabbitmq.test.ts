import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { amqpUrl, ensureVirtualHost, type Management, RabbitmqError, send, virtualHostRequests } from './rabbitmq.ts';

const SECRET = 'geheim/1';

/** A server of the test's own that answers as it is told. */
async function withServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (management: Management, seen: string[]) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await use({ url: `http://127.0.0.1:${port}`, username: 'celery', password: SECRET }, seen);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function failure(promise: Promise<unknown>): Promise<RabbitmqError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, RabbitmqError);
  return error as RabbitmqError;
}

test('a virtual host is asked for by its encoded name, then the right to use it', () => {
  assert.equal(
    virtualHostRequests('team/a.shop', 'us er').map(({ method, path }) => `${method} ${path}`),
    ['PUT /api/vhosts/team%2Fa.shop', 'PUT /api/permissions/team%2Fa.shop/us%20er'],
  );
});

test('a password of special characters survives in the URL', () => {
  const url = amqpUrl({ host: 'r.svc', port: '5672', username: 'u@x', password: 'p/:@?#%', virtualHost: 'n.shop' });
  assert.is(url, 'amqp://u%40x:p%2F%3A%40%3F%23%25@r.svc:5672/n.shop');
  assert.is(decodeURIComponent(new URL(url).password), 'p/:@?#%');
});

test('requests carry the credentials and keep an encoded slash', async () => {
  let authorization: string | undefined;
  await withServer(
    (request, response) => {
      authorization = request.headers.authorization;
      response.writeHead(201).end();
    },
    async (management, seen) => {
      await ensureVirtualHost({ ...management, url: `${management.url}/rabbit/` }, 'a/b');
      assert.equal(seen, ['PUT /rabbit/api/vhosts/a%2Fb', 'PUT /rabbit/api/permissions/a%2Fb/celery']);
      assert.is(authorization, `Basic ${Buffer.from(`celery:${SECRET}`).toString('base64')}`);
    },
  );
});

test('an answer is read as JSON', async () => {
  await withServer(
    (_request, response) => response.end('[{"name": "/"}]'),
    async (management) => assert.equal(await send(management, { method: 'GET', path: '/api/vhosts' }), [{ name: '/' }]),
  );
});

for (const [status, says] of [
  [401, /answers 401 to PUT .*user or password are wrong/],
  [403, /lacks the tag "administrator"/],
  [404, /management plugin is not enabled/],
  [500, /answers 500/],
] as const)
  test(`a ${status} says what to look at, and no credential`, async () => {
    await withServer(
      (_request, response) => response.writeHead(status).end('{}'),
      async (management) => {
        const error = await failure(ensureVirtualHost(management, 'n.shop'));
        assert.match(error.message, says);
        assert.is(error.status, status);
        assert.not.match(error.message, SECRET);
      },
    );
  });

test('a server that never answers is given up in time', async () => {
  await withServer(
    () => {},
    async (management) => {
      const error = await failure(send(management, { method: 'GET', path: '/api/overview' }, 50));
      assert.match(error.message, 'no answer within 50 ms');
      assert.is(error.status, undefined);
    },
  );
});

test('a server that is not there is named by host and cause', async () => {
  const error = await failure(ensureVirtualHost({ url: 'http://127.0.0.1:1', username: 'u', password: SECRET }, 'x'));
  assert.match(error.message, /RabbitMQ at 127\.0\.0\.1:1 does not answer: ECONNREFUSED/);
});

test('something that is no HTTP API of RabbitMQ is told apart', async () => {
  await withServer(
    (_request, response) => response.end('<html>'),
    async (management) =>
      assert.match(
        (await failure(send(management, { method: 'GET', path: '/' }))).message,
        "not as RabbitMQ's HTTP API",
      ),
  );
});

test('an unusable URL is not repeated', async () => {
  for (const url of ['', 'amqp://u:geheim@r', 'r:15672'])
    assert.match(
      (await failure(ensureVirtualHost({ url, username: 'u', password: 'p' }, 'x'))).message,
      /^the management URL/,
    );
});

test.run();
