import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ApiError,
  type CallOptions,
  CONFIG_MAPS,
  ConnectionError,
  createClient,
  type KubernetesClient,
  LEASES,
  NAMESPACES,
  SECRETS,
} from './client.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** For what a real API server does not do on demand. */
async function withServer(
  answer: (response: ServerResponse, request: Seen, count: number) => void,
  use: (client: KubernetesClient, seen: Seen[]) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body });
    answer(response, seen.at(-1) as Seen, seen.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const client = createClient({ server: `http://127.0.0.1:${port}/prefix`, token: () => 'hunter2', namespace: 'shop' });
  try {
    await use(client, seen);
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function failure(result: Promise<unknown>): Promise<unknown> {
  try {
    await result;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded');
}

const object = { metadata: { name: 'a', namespace: 'shop' }, unknownField: { kept: [null, ''] } };

test('requests carry path, content type, credentials and who we are', async () => {
  await withServer(
    (response) => json(response, 200, object),
    async (client, seen) => {
      await client.apply(CONFIG_MAPS, object, { fieldManager: 'me', force: true, subresource: 'status', dryRun: true });
      await client.patch(NAMESPACES, 'a/b', [], { type: 'json' });
      await client.list(LEASES, { labelSelector: 'a in (b,c)', limit: 5 });
      await client.delete(CONFIG_MAPS, 'a', { namespace: 'shop', uid: 'u', propagationPolicy: 'Foreground' });
      assert.equal(
        seen.map(({ method, url, headers }) => [method, url, headers['content-type']]),
        [
          [
            'PATCH',
            '/prefix/api/v1/namespaces/shop/configmaps/a/status?fieldManager=me&force=true&dryRun=All',
            'application/apply-patch+yaml',
          ],
          ['PATCH', '/prefix/api/v1/namespaces/a%2Fb', 'application/json-patch+json'],
          ['GET', '/prefix/apis/coordination.k8s.io/v1/leases?labelSelector=a+in+%28b%2Cc%29&limit=5', undefined],
          ['DELETE', '/prefix/api/v1/namespaces/shop/configmaps/a', 'application/json'],
        ],
      );
      assert.equal(JSON.parse(seen[0]?.body ?? ''), { ...object, apiVersion: 'v1', kind: 'ConfigMap' });
      assert.equal(JSON.parse(seen[3]?.body ?? '').preconditions, { uid: 'u' });
      assert.is(seen[0]?.headers.authorization, 'Bearer hunter2');
      assert.match(seen[0]?.headers['user-agent'] ?? '', /^celery-operator\/\d+\.\d+\.\d+/);
    },
  );
});

for (const [status, headers, calls] of [
  [429, { 'retry-after': '0' }, 3],
  [503, { 'retry-after': '0' }, 3],
  [503, {}, 1],
  [500, { 'retry-after': '0' }, 1],
] as const) {
  test(`a refusal with ${status} ${JSON.stringify(headers)} leads to ${calls} calls`, async () => {
    await withServer(
      (response, _, count) => (count < 3 ? json(response, status, {}, headers) : json(response, 200, object)),
      async (client, seen) => {
        await client.get(CONFIG_MAPS, 'a', 'shop').catch(() => {});
        assert.is(seen.length, calls);
      },
    );
  });
}

test('overload is borne three times, then reported', async () => {
  await withServer(
    (response) => json(response, 429, { kind: 'Status', reason: 'TooManyRequests' }, { 'retry-after': '0' }),
    async (client, seen) => {
      const error = await failure(client.update(CONFIG_MAPS, object));
      assert.instance(error, ApiError);
      assert.is(seen.length, 4);
    },
  );
});

test('creation is never repeated', async () => {
  await withServer(
    (response) => json(response, 429, {}, { 'retry-after': '0' }),
    async (client, seen) => {
      await failure(client.create(CONFIG_MAPS, object));
      assert.is(seen.length, 1);
    },
  );
});

test('a wait that would exceed the time limit is not begun', async () => {
  await withServer(
    (response) => json(response, 429, {}, { 'retry-after': '5' }),
    async (client) => {
      const error = await failure(client.get(CONFIG_MAPS, 'a', 'shop', { timeoutMs: 300 }));
      assert.is((error as ApiError).retryAfterSeconds, 5);
    },
  );
});

for (const [what, limit] of [
  ['time limit', () => ({ timeoutMs: 50 })],
  ['signal', () => ({ signal: AbortSignal.timeout(50) })],
] as [string, () => CallOptions][]) {
  for (const [how, answer] of [
    ['no answer at all', () => {}],
    ['half an answer', (response: ServerResponse) => void response.writeHead(200).write('{"a"')],
    ['a wait before a retry', (response: ServerResponse) => json(response, 429, {}, { 'retry-after': '20' })],
  ] as const) {
    test(`the ${what} ends ${how}`, async () => {
      await withServer(answer, async (client) => {
        const begin = performance.now();
        await failure(client.get(CONFIG_MAPS, 'a', 'shop', limit()));
        assert.ok(performance.now() - begin < 2_000);
      });
    });
  }
}

test('a connection that was closed while idle is replaced unnoticed', async () => {
  await withServer(
    (response, _, count) => (count === 2 ? response.socket?.destroy() : json(response, 200, object)),
    async (client, seen) => {
      await client.get(CONFIG_MAPS, 'a', 'shop');
      assert.ok(await client.get(CONFIG_MAPS, 'a', 'shop'));
      assert.is(seen.length, 3);
    },
  );
});

test('an answer that is not JSON is a broken connection, and a refusal without JSON still one', async () => {
  await withServer(
    (response, _, count) => void response.writeHead(count === 1 ? 200 : 502).end('<html>proxy</html>'),
    async (client) => {
      const garbled = await failure(client.get(CONFIG_MAPS, 'a', 'shop'));
      assert.is((garbled as ConnectionError).code, 'EBADMESSAGE');
      const refused = await failure(client.get(CONFIG_MAPS, 'a', 'shop'));
      assert.is((refused as ApiError).status, 502);
      assert.not.match(String(refused), 'html');
    },
  );
});

test('errors never tell the token, nor what a Secret was refused for', async () => {
  const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value: "s3cret"', field: 'data[password]' }];
  const body = { kind: 'Status', reason: 'Invalid', message: 'Invalid value: "s3cret"', details: { causes } };
  await withServer(
    (response) => json(response, 422, body),
    async (client) => {
      const secret = await failure(client.create(SECRETS, object));
      assert.match(String(secret), 'data[password]');
      for (const text of [String(secret), JSON.stringify(secret), (secret as Error).stack ?? '']) {
        assert.not.match(text, 's3cret');
        assert.not.match(text, 'hunter2');
      }
      assert.match(String(await failure(client.create(CONFIG_MAPS, object))), 's3cret');
    },
  );
});

test('an object is addressed in its namespace or not at all', async () => {
  await withServer(
    (response) => json(response, 200, {}),
    async (client, seen) => {
      assert.instance(await failure(client.create(CONFIG_MAPS, { metadata: { name: 'a' } })), TypeError);
      assert.instance(await failure(client.get(CONFIG_MAPS, 'a')), TypeError);
      assert.instance(await failure(client.update(NAMESPACES, { metadata: {} })), TypeError);
      assert.is(seen.length, 0);
    },
  );
});

const watchOf = async (client: KubernetesClient, options = {}): Promise<string[]> => {
  const types: string[] = [];
  for await (const { type } of client.watch(CONFIG_MAPS, { namespace: 'shop', ...options })) types.push(type);
  return types;
};

test('a watch yields events, skips types it does not know, and ends with the server', async () => {
  const lines = ['ADDED', 'NOVELTY', 'BOOKMARK'].map((type) => `${JSON.stringify({ type, object })}\n`);
  await withServer(
    (response) => void response.writeHead(200).end(lines.join('')),
    async (client, seen) => {
      assert.equal(await watchOf(client, { resourceVersion: '5', timeoutSeconds: 250 }), ['ADDED', 'BOOKMARK']);
      assert.match(seen[0]?.url ?? '', 'resourceVersion=5&timeoutSeconds=250&watch=true&allowWatchBookmarks=true');
    },
  );
});

test('an ERROR event and a refused watch are the same error', async () => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
  await withServer(
    (response, _, count) => {
      if (count === 1) response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      else json(response, 410, status);
    },
    async (client) => {
      for (let i = 0; i < 2; i++) {
        const error = await failure(watchOf(client));
        assert.instance(error, ApiError);
        assert.equal([(error as ApiError).status, (error as ApiError).reason], [410, 'Expired']);
      }
    },
  );
});

for (const [what, line] of [
  ['garbage', 'not json\n'],
  ['a line that is no event', '[]\n'],
  ['a cut connection', undefined],
  ['silence', ''],
] as const) {
  test(`${what} in a watch is a ConnectionError`, async () => {
    await withServer(
      (response) => {
        response.writeHead(200).flushHeaders();
        if (line === undefined) response.write('{"type"', () => response.socket?.destroy());
        else if (line !== '') response.write(line);
      },
      async (client) => assert.instance(await failure(watchOf(client, { inactivityMs: 100 })), ConnectionError),
    );
  });
}

test('leaving the loop or aborting ends the connection of a watch', async () => {
  let open = 0;
  await withServer(
    (response) => {
      open += 1;
      response.on('close', () => {
        open -= 1;
      });
      response.writeHead(200).write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    },
    async (client) => {
      for await (const _ of client.watch(CONFIG_MAPS)) break;
      const stop = new AbortController();
      await failure(
        (async () => {
          for await (const _ of client.watch(CONFIG_MAPS, { signal: stop.signal })) setImmediate(() => stop.abort());
        })(),
      );
      while (open > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  );
});

test('a closed client refuses calls, and calls under way end', async () => {
  await withServer(
    () => {},
    async (client) => {
      const pending = failure(client.get(CONFIG_MAPS, 'a', 'shop'));
      setTimeout(() => client.close(), 20);
      assert.instance(await pending, ConnectionError);
      assert.instance(await failure(client.get(CONFIG_MAPS, 'a', 'shop')), ConnectionError);
    },
  );
});

test('a refused connection is a ConnectionError with its code', async () => {
  const client = createClient({ server: 'http://127.0.0.1:1', namespace: 'shop' });
  const error = await failure(client.get(CONFIG_MAPS, 'a', 'shop'));
  assert.is((error as ConnectionError).code, 'ECONNREFUSED');
  client.close();
});

test.run();
