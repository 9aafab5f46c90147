import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type WatchCacheOptions, watchCache } from './cache.ts';
import { ApiError, ConnectionError } from './errors.ts';
import type { KubernetesClient, ListOptions, WatchOptions } from './kubernetes-client.ts';
import type { ApiObject, List } from './object.ts';
import { CONFIG_MAPS } from './resources.ts';
import type { WatchEvent } from './watch.ts';

interface ConfigMap extends ApiObject {
  data?: Record<string, string>;
}

const map = (name: string, version: number, data: Record<string, string> = {}): ConfigMap => ({
  metadata: { namespace: 'shop', name, uid: `uid of ${name}`, resourceVersion: String(version) },
  data,
});
const event = (type: WatchEvent<ConfigMap>['type'], object: ConfigMap): WatchEvent<ConfigMap> => ({ type, object });
const bookmark = (version: number): WatchEvent<ConfigMap> =>
  event('BOOKMARK', { metadata: { resourceVersion: String(version) } });
const failure = (status: number, retryAfterSeconds?: number): ApiError =>
  new ApiError({ status, reason: status === 410 ? 'Expired' : '', message: String(status), retryAfterSeconds });

type Answer<T> = T | Error | (() => T);
/** A watch's events; an error ends it with that, 'open' leaves it open. */
type Script = readonly (WatchEvent<ConfigMap> | Error | 'open' | (() => void))[];

/** Answers lists and watches from scripts; after the last it holds watches open. */
function scripted(lists: Answer<readonly ConfigMap[] | List<ConfigMap>>[], watches: Script[]) {
  const listed: ListOptions[] = [];
  const watched: (WatchOptions & { at: number })[] = [];
  const client = {
    async list(_: unknown, options: ListOptions = {}) {
      listed.push(options);
      const next = lists.length > 1 ? lists.shift() : lists[0];
      const answer = typeof next === 'function' ? next() : next;
      if (answer instanceof Error) throw answer;
      return answer && 'items' in answer
        ? answer
        : { metadata: { resourceVersion: '100' }, items: [...(answer ?? [])] };
    },
    async *watch(_: unknown, options: WatchOptions = {}) {
      watched.push({ ...options, at: performance.now() });
      for (const step of watches.shift() ?? (['open'] as const)) {
        if (step instanceof Error) throw step;
        if (typeof step === 'function') step();
        else if (step !== 'open') yield step;
        else
          await new Promise<void>((resolve) => {
            if (options.signal?.aborted) resolve();
            else options.signal?.addEventListener('abort', () => resolve(), { once: true });
          });
      }
    },
  };
  return { client: client as unknown as Pick<KubernetesClient, 'list' | 'watch'>, listed, watched };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !condition(); ) {
    if (performance.now() > end) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Runs a cache with brief waits until the condition holds. */
async function run(
  server: ReturnType<typeof scripted>,
  condition: (changes: string[]) => boolean,
  options: WatchCacheOptions<ConfigMap> = {},
) {
  const changes: string[] = [];
  const logged: string[] = [];
  const stop = new AbortController();
  const cache = watchCache<ConfigMap>(server.client, CONFIG_MAPS, {
    backoff: { baseMs: 1, capMs: 20 },
    onChange: (key, object) => void changes.push(`${object ? object.metadata?.resourceVersion : 'gone'} ${key}`),
    log: (message, { error }) => void logged.push(`${message}: ${error}`),
    ...options,
  });
  const done = cache.start(stop.signal);
  try {
    await until(String(condition), () => condition(changes));
  } finally {
    stop.abort();
    await done;
  }
  return { cache, changes, logged };
}

test('objects of all pages are stored before it counts as synced', async () => {
  const pages = [
    { metadata: { resourceVersion: '5', continue: 'more' }, items: [map('a', 1)] },
    { metadata: { resourceVersion: '5' }, items: [map('b', 2)] },
  ];
  const server = scripted(pages, []);
  const { cache, changes } = await run(server, () => server.watched.length === 1);
  await cache.synced;
  assert.equal(changes, ['1 shop/a', '2 shop/b']);
  assert.equal(
    server.listed.map(({ limit, continue: token }) => [limit, token]),
    [
      [500, undefined],
      [500, 'more'],
    ],
  );
  assert.is(server.watched[0]?.resourceVersion, '5');
  assert.is(cache.list('shop').length, 2);
  assert.is(cache.list('elsewhere').length, 0);
});

test('the server is asked to end watches after four to five minutes, not all at the same time', async () => {
  const asked = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const server = scripted([[]], []);
    await run(server, () => server.watched.length === 1);
    asked.add(server.watched[0]?.timeoutSeconds ?? 0);
  }
  assert.ok([...asked].every((seconds) => seconds >= 240 && seconds <= 300));
  assert.ok(asked.size > 3);
});

test('events are applied and delivered in order, also when the handler is slow', async () => {
  const server = scripted(
    [[map('a', 1)]],
    [[event('ADDED', map('b', 2)), event('MODIFIED', map('a', 3)), event('DELETED', map('b', 4)), 'open']],
  );
  const seen: string[] = [];
  let busy = 0;
  await run(server, () => seen.length === 4, {
    onChange: async (key, object) => {
      busy += 1;
      assert.is(busy, 1);
      await new Promise((resolve) => setTimeout(resolve, 2));
      busy -= 1;
      seen.push(`${key} ${object?.metadata?.resourceVersion}`);
    },
  });
  assert.equal(seen, ['shop/a 1', 'shop/b 2', 'shop/a 3', 'shop/b undefined']);
});

test('a watch that the server ends is resumed where it was, by bookmarks too', async () => {
  const server = scripted([[]], [[bookmark(150)], [event('ADDED', map('a', 160))]]);
  await run(server, () => server.watched.length === 3);
  assert.equal(
    server.watched.map(({ resourceVersion }) => resourceVersion),
    ['100', '150', '160'],
  );
  assert.is(server.listed.length, 1);
});

for (const [what, error] of [
  ['as an event', failure(410)],
  ['by reason only', new ApiError({ status: 500, reason: 'Expired', message: '' })],
] as const) {
  test(`an expired version ${what} lists again and finds what happened meanwhile`, async () => {
    const server = scripted(
      [
        [map('kept', 1), map('lost', 2), map('old', 3)],
        [map('kept', 1), map('old', 9)],
      ],
      [[error]],
    );
    const { changes, cache } = await run(server, (seen) => seen.length === 5);
    assert.equal(changes.slice(3), ['9 shop/old', 'gone shop/lost']);
    assert.is(cache.get('shop', 'lost'), undefined);
  });
}

test('a silent watch is opened anew at once, where it was', async () => {
  const server = scripted([[]], [[bookmark(150), new ConnectionError('ESILENT', 'silent')], ['open']]);
  const { logged } = await run(server, () => server.watched.length === 2, {
    backoff: { baseMs: 60_000, capMs: 60_000 },
  });
  assert.is(server.watched[1]?.resourceVersion, '150');
  assert.equal(logged, []);
});

test('an expired version is no reason to wait', async () => {
  const server = scripted([[], [map('a', 1)]], [[failure(410)]]);
  const { logged } = await run(server, (seen) => seen.length === 1, { backoff: { baseMs: 60_000, capMs: 60_000 } });
  assert.equal(logged, []);
});

test('a continue token that expires between pages is followed by a list in one piece', async () => {
  const first = { metadata: { resourceVersion: '5', continue: 'more' }, items: [map('a', 1)] };
  const server = scripted([first, failure(410), [map('a', 1), map('b', 2)]], []);
  const { changes } = await run(server, (seen) => seen.length === 2);
  assert.equal(changes, ['1 shop/a', '2 shop/b']);
  assert.is(server.listed[2]?.limit, undefined);
});

test('recreation under the same name and version is a change', async () => {
  const again = map('a', 1);
  const other = { ...again, metadata: { ...again.metadata, uid: 'another' } };
  const server = scripted([[again], [other]], [[failure(410)]]);
  await run(server, (seen) => seen.length === 2);
});

for (const error of [
  failure(429, 0),
  failure(500),
  failure(403),
  failure(404),
  new ConnectionError('EBADMESSAGE', 'garbage'),
  new ConnectionError('ECONNREFUSED', 'refused'),
  new Error('unforeseen'),
]) {
  test(`it goes on after ${error.name} ${error.message}, in a list and in a watch`, async () => {
    const server = scripted([error, error, [map('a', 1)]], [[error], [error], [event('ADDED', map('b', 2)), 'open']]);
    const { changes, logged } = await run(server, (seen) => seen.length === 2);
    assert.equal(changes, ['1 shop/a', '2 shop/b']);
    assert.is(logged.length, 4);
  });
}

test('after three failures in a row it lists again, for the version may be the trouble', async () => {
  const server = scripted([[map('a', 7)], [map('a', 3)]], [[failure(504)], [failure(504)], [failure(504)]]);
  const { changes } = await run(server, (seen) => seen.length === 2);
  assert.equal(changes, ['7 shop/a', '3 shop/a']);
});

test('failures are spaced further and further, and briefly again after a success', async () => {
  const many = Array.from({ length: 5 }, () => [failure(500)] as Script);
  const server = scripted([[]], [...many, [bookmark(1), failure(500)], ['open']]);
  await run(server, () => server.watched.length === 7, { backoff: { baseMs: 10, capMs: 1_000, random: () => 0 } });
  const gaps = server.watched.slice(1).map(({ at }, i) => at - (server.watched[i]?.at ?? 0));
  for (const [i, least] of [10, 20, 40, 80, 160, 10].entries()) assert.ok((gaps[i] ?? 0) >= least - 2, gaps.join());
  assert.ok((gaps[5] ?? 0) < 120, gaps.join());
});

test('a server that ends each watch at once is not asked in a busy loop', async () => {
  const server = scripted(
    [[]],
    Array.from({ length: 6 }, () => []),
  );
  const begin = performance.now();
  await run(server, () => server.watched.length === 6, { backoff: { baseMs: 20, capMs: 20, random: () => 0 } });
  assert.ok(performance.now() - begin > 90);
});

test('Retry-After is respected', async () => {
  const server = scripted([[]], [[failure(429, 0.2)], ['open']]);
  await run(server, () => server.watched.length === 2);
  assert.ok((server.watched[1]?.at ?? 0) - (server.watched[0]?.at ?? 0) >= 199);
});

test('a handler that throws or rejects loses only that change', async () => {
  const server = scripted([[map('a', 1), map('b', 2), map('c', 3)]], []);
  const seen: string[] = [];
  const { logged } = await run(server, () => seen.length === 3, {
    onChange: (key) => {
      seen.push(key);
      if (key === 'shop/a') throw new Error('thrown');
      if (key === 'shop/b') return Promise.reject(new Error('rejected'));
    },
  });
  assert.is(logged.length, 2);
});

test('what a transform drops is not stored; one that throws stores the object whole', async () => {
  const server = scripted([[map('a', 1, { big: 'x' }), map('b', 2, { big: 'x' })]], []);
  const { cache } = await run(server, (seen) => seen.length === 2, {
    transform: ({ metadata, ...object }) => {
      if (metadata?.name === 'b') throw new Error('broken');
      return { ...object, metadata, data: {} };
    },
  });
  assert.equal(cache.get('shop', 'a')?.data, {});
  assert.equal(cache.get('shop', 'b')?.data, { big: 'x' });
});

test('an index follows changes and deletions', async () => {
  const server = scripted(
    [[map('a', 1, { app: 'x' }), map('b', 2, { app: 'x' })]],
    [[event('MODIFIED', map('a', 3, { app: 'y' })), event('DELETED', map('b', 4, { app: 'x' })), 'open']],
  );
  const { cache } = await run(server, (seen) => seen.length === 4, {
    indexes: { app: ({ data }) => (data?.app ? [data.app] : []) },
  });
  assert.equal(cache.byIndex('app', 'x'), []);
  assert.is(cache.byIndex('app', 'y')[0]?.metadata?.name, 'a');
  assert.throws(() => cache.byIndex('typo', 'x'), 'there is no index typo');
});

test('activity is what the server proved last', async () => {
  let now = 1_000;
  const tick = (to: number) => () => {
    now = to;
  };
  const server = scripted([[]], [[tick(2_000), bookmark(5), tick(3_000), failure(500)], ['open']]);
  const { cache } = await run(server, () => server.watched.length === 2, { now: () => now });
  assert.is(cache.lastActivity(), 2_000);
});

test('it ends when told to, even in the middle of a wait, and starts only once', async () => {
  const server = scripted([failure(500)], []);
  const stop = new AbortController();
  const cache = watchCache(server.client, CONFIG_MAPS, { backoff: { baseMs: 60_000, capMs: 60_000 } });
  const done = cache.start(stop.signal);
  await until('the first list', () => server.listed.length === 1);
  stop.abort();
  await done;
  const again = await cache.start(stop.signal).catch((error: unknown) => error);
  assert.instance(again, TypeError);
});

test('a kind that the cluster may lack counts as synced while it is absent, and is looked for quietly', async () => {
  const said: string[] = [];
  const server = scripted([failure(404), failure(404), [map('a', 1)]], []);
  const { changes } = await run(server, (seen) => seen.length === 1, {
    absentMs: 1,
    log: (message) => said.push(message),
  });
  assert.equal(changes, ['1 shop/a']);
  assert.equal(said, []);
  const stop = new AbortController();
  const absent = watchCache<ConfigMap>(scripted([failure(404)], []).client, CONFIG_MAPS, { absentMs: 60_000 });
  const ended = absent.start(stop.signal);
  await absent.synced;
  assert.ok(absent.lastActivity() > 0);
  assert.not(absent.served());
  stop.abort();
  await ended;
});

test('a kind that is taken away leaves an empty copy', async () => {
  const server = scripted([[map('a', 1)], failure(404)], [[failure(404)]]);
  const { changes } = await run(server, (seen) => seen.length === 2, { absentMs: 60_000 });
  assert.equal(changes, ['1 shop/a', 'gone shop/a']);
});

test.run();
