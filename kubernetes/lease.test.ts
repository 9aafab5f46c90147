import fc from 'fast-check';
import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from './clock.ts';
import { ApiError, ConnectionError } from './errors.ts';
import type { CallOptions } from './kubernetes-client.ts';
import { type ElectionOptions, elect } from './lease.ts';
import type { LeaseClient } from './lease-record.ts';

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only in `advance`, and machines whose timers may stand still meanwhile. */
function simulation() {
  let now = 0;
  const timers = new Set<Timer>();
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const clock = (frozenUntil: () => number = () => 0): Clock => ({
    monotonic: () => now,
    wall: () => 1e12 + now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = {
          get at() {
            return Math.max(due, frozenUntil());
          },
          wake: () => {
            timers.delete(timer);
            resolve();
          },
        };
        const due = now + ms;
        if (signal?.aborted) return resolve();
        signal?.addEventListener('abort', timer.wake, { once: true });
        timers.add(timer);
      }),
  });
  return {
    clock,
    now: () => now,
    async advance(ms: number, check: () => void = () => {}): Promise<void> {
      const end = now + ms;
      await settle();
      for (;;) {
        check();
        const next = [...timers].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = end;
      check();
    },
  };
}

/** One Lease with optimistic locking. */
function leaseServer() {
  let lease: Lease | undefined;
  let version = 0;
  let requests = 0;
  const refuse = (status: number, reason: string) => new ApiError({ status, reason, message: reason });
  const store = (object: Lease): Lease => {
    version += 1;
    lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    return structuredClone(lease);
  };
  /** @param travel waits for one way of a request */
  const client = (
    reachable: () => boolean = () => true,
    travel: (signal: AbortSignal | undefined) => Promise<void> = async () => {},
  ): LeaseClient => {
    const pass = async (signal: AbortSignal | undefined): Promise<void> => {
      await travel(signal);
      signal?.throwIfAborted();
      if (!reachable()) throw new ConnectionError('ECONNREFUSED', 'no route');
    };
    const ask = async <T>(options: CallOptions | undefined, answer: () => T): Promise<T> => {
      requests += 1;
      await pass(options?.signal);
      const result = answer();
      await pass(options?.signal); // what was lost on the way back has happened
      return result;
    };
    return {
      get: async <T>(_: unknown, __: string, ___?: string, options?: CallOptions) =>
        ask(options, () => structuredClone(lease) as T | undefined),
      create: async <T>(_: unknown, object: T, options?: CallOptions) =>
        ask(options, () => {
          if (lease) throw refuse(409, 'AlreadyExists');
          return store(object as Lease) as T;
        }),
      update: async <T>(_: unknown, object: T, options?: CallOptions) =>
        ask(options, () => {
          if (!lease) throw refuse(404, 'NotFound');
          const { resourceVersion } = (object as Lease).metadata ?? {};
          if (resourceVersion !== lease.metadata?.resourceVersion) throw refuse(409, 'Conflict');
          return store(object as Lease) as T;
        }),
    };
  };
  return {
    client,
    lease: () => lease,
    requests: () => requests,
    remove() {
      lease = undefined;
    },
    steal(identity: string) {
      store({ ...lease, spec: { ...lease?.spec, holderIdentity: identity, renewTime: 'now' } });
    },
  };
}

interface Candidate {
  readonly stop: AbortController;
  readonly done: Promise<void>;
  terms: number;
  leading: AbortSignal | undefined;
  held: () => boolean;
}

function candidate(
  client: LeaseClient,
  clock: Clock,
  identity: string,
  more: Partial<ElectionOptions> = {},
): Candidate {
  const stop = new AbortController();
  const state: Candidate = {
    stop,
    terms: 0,
    leading: undefined,
    held: () => false,
    done: elect(
      client,
      {
        namespace: 'system',
        name: 'leader',
        identity,
        clock,
        onStartedLeading(signal, held) {
          state.terms += 1;
          state.leading = signal;
          state.held = held;
        },
        ...more,
      },
      stop.signal,
    ),
  };
  return state;
}

const leads = ({ leading }: Candidate): boolean => leading !== undefined && !leading.aborted;

test('the first candidate leads at once and renews', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const a = candidate(server.client(), clock(), 'a');
  await advance(0);
  assert.ok(leads(a));
  await advance(60_000);
  assert.ok(leads(a));
  assert.is(a.terms, 1);
  assert.is(server.lease()?.spec?.leaseTransitions, 0);
  assert.match(server.lease()?.spec?.renewTime ?? '', /\.\d{6}Z$/);
  a.stop.abort();
  await advance(0);
  await a.done;
});

test('a stopped leader releases, and the other leads within three seconds', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const a = candidate(server.client(), clock(), 'a');
  await advance(0);
  const b = candidate(server.client(), clock(), 'b');
  await advance(20_000);
  assert.equal([leads(a), leads(b)], [true, false]);
  a.stop.abort();
  await advance(3_000);
  await a.done;
  assert.equal([leads(a), leads(b)], [false, true]);
  assert.is(server.lease()?.spec?.leaseTransitions, 1);
});

test('a leader that vanishes is replaced within twenty seconds, not within fifteen', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  let cut = false;
  candidate(
    server.client(() => !cut),
    clock(),
    'a',
  );
  const b = candidate(server.client(), clock(), 'b');
  await advance(10_000);
  cut = true;
  await advance(12_900); // the last renewal was at most 2 s ago
  assert.not.ok(leads(b));
  await advance(7_000);
  assert.ok(leads(b));
});

test('an old lease of an unknown holder is respected for its whole duration from first sight', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  server.steal('long gone');
  const a = candidate(server.client(), clock(), 'a');
  await advance(14_900);
  assert.not.ok(leads(a));
  await advance(300);
  assert.ok(leads(a));
});

test('without the API server leading ends at the deadline and comes back afterwards', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  let cut = false;
  const stopped: number[] = [];
  const sim = clock();
  const a = candidate(
    server.client(() => !cut),
    sim,
    'a',
    { onStoppedLeading: () => stopped.push(sim.monotonic()) },
  );
  await advance(5_000); // renewed at 4 s
  cut = true;
  await advance(8_900);
  assert.ok(leads(a));
  await advance(200);
  assert.not.ok(leads(a));
  assert.equal(stopped, [14_000]);
  cut = false;
  await advance(5_000);
  assert.ok(leads(a));
  assert.is(a.terms, 2);
});

test('another holder in the record ends leading at the next renewal', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const a = candidate(server.client(), clock(), 'a');
  await advance(1_000);
  server.steal('b');
  await advance(1_100);
  assert.not.ok(leads(a));
});

test('a deleted Lease is made anew by its holder, not taken by a rival', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const a = candidate(server.client(), clock(), 'a');
  await advance(0);
  const b = candidate(server.client(), clock(), 'b');
  await advance(9_000);
  server.remove();
  await advance(60_000);
  assert.equal([leads(a), leads(b)], [true, false]);
  assert.is(a.terms, 1);
});

test('a deleted Lease frees nobody’s claim before its time', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  let cut = false;
  const a = candidate(
    server.client(() => !cut),
    clock(),
    'a',
  );
  await advance(0);
  const b = candidate(server.client(), clock(), 'b');
  await advance(9_000);
  cut = true;
  server.remove();
  await advance(60_000, () => assert.not.ok(leads(a) && leads(b)));
  assert.ok(leads(b));
});

test('who is stopped at the moment of winning releases as well', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const sim = clock();
  const a = candidate(
    server.client(undefined, (signal) => sim.sleep(1_000, signal)),
    sim,
    'a',
  );
  await advance(3_500); // asked, created, and the answer is on its way
  a.stop.abort();
  await advance(10_000);
  await a.done;
  assert.is(server.lease()?.spec?.holderIdentity, '');
  assert.is(a.terms, 0);
});

test('a renewal whose answer was lost does not keep the lease from being released', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const inner = server.client();
  let losing = false;
  const lossy: LeaseClient = {
    ...inner,
    async update(resource, object, options) {
      const answer = await inner.update(resource, object, options);
      if (!losing) return answer;
      losing = false;
      throw new ConnectionError('ECONNRESET', 'cut off');
    },
  };
  const a = candidate(lossy, clock(), 'a');
  await advance(3_000);
  losing = true;
  await advance(1_500);
  assert.not.ok(losing);
  a.stop.abort();
  await advance(0);
  await a.done;
  assert.is(server.lease()?.spec?.holderIdentity, '');
});

test('the lease is renewed until the work has ended, and only then released', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const work = Promise.withResolvers<void>();
  const a = candidate(server.client(), clock(), 'a', { onStartedLeading: () => work.promise });
  await advance(0);
  const b = candidate(server.client(), clock(), 'b');
  a.stop.abort();
  await advance(60_000);
  assert.is(server.lease()?.spec?.holderIdentity, 'a');
  assert.not.ok(leads(b));
  work.resolve();
  await advance(3_000);
  await a.done;
  assert.ok(leads(b));
});

test('no new term starts while the work of a lost one goes on', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  let cut = false;
  let terms = 0;
  const work = Promise.withResolvers<void>();
  candidate(
    server.client(() => !cut),
    clock(),
    'a',
    {
      onStartedLeading: () => {
        terms += 1;
        return work.promise;
      },
    },
  );
  await advance(1_000);
  cut = true;
  await advance(20_000);
  cut = false;
  await advance(60_000);
  assert.is(terms, 1);
  work.resolve();
  await advance(5_000);
  assert.is(terms, 2);
});

test('work that fails gives up the lease and is tried again', async () => {
  const { clock, advance } = simulation();
  let terms = 0;
  candidate(leaseServer().client(), clock(), 'a', {
    onStartedLeading: async () => {
      terms += 1;
      throw new Error('broken');
    },
  });
  await advance(10_000);
  assert.ok(terms >= 3 && terms <= 6, String(terms));
});

test('each holder is reported once', async () => {
  const { clock, advance } = simulation();
  const server = leaseServer();
  const seen: string[] = [];
  const a = candidate(server.client(), clock(), 'a');
  await advance(0);
  candidate(server.client(), clock(), 'b', { onNewLeader: (identity) => seen.push(identity) });
  await advance(10_000);
  a.stop.abort();
  await advance(10_000);
  assert.equal(seen, ['a', 'b']);
});

test('times that cannot keep the promise are refused', async () => {
  try {
    await elect(
      leaseServer().client(),
      { namespace: 'a', name: 'a', identity: 'a', onStartedLeading: () => {}, renewDeadlineMs: 20_000 },
      new AbortController().signal,
    );
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TypeError);
  }
});

test('whatever is cut off or paused, never do two hold the lease', async () => {
  const trouble = fc.record({
    who: fc.nat({ max: 2 }),
    what: fc.constantFrom('cut', 'pause', 'restart'),
    after: fc.nat({ max: 12_000 }),
    lasts: fc.nat({ max: 40_000 }),
  });
  const delays = fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(100) }, fc.nat(4_900)), {
    minLength: 1,
    maxLength: 50,
  });
  let handovers = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(trouble, { maxLength: 8 }), delays, async (troubles, ways) => {
      let way = 0;
      const sim = simulation();
      const server = leaseServer();
      const cutUntil = [0, 0, 0];
      const frozenUntil = [0, 0, 0];
      const start = (who: number): Candidate => {
        const clock = sim.clock(() => frozenUntil[who] ?? 0);
        return candidate(
          server.client(
            () => sim.now() >= (cutUntil[who] ?? 0),
            (signal) => clock.sleep(ways[way++ % ways.length] ?? 0, signal),
          ),
          clock,
          `${who} of ${sim.now()}`,
        );
      };
      const running = [0, 1, 2].map(start);
      const former: Candidate[] = [];
      const check = (): void => {
        const holders = [...running, ...former].filter((each) => each.held());
        assert.ok(holders.length <= 1, `${holders.length} hold the lease at ${sim.now()}`);
      };
      for (const { who, what, after, lasts } of troubles) {
        await sim.advance(after, check);
        if (what === 'cut') cutUntil[who] = sim.now() + lasts;
        if (what === 'pause') frozenUntil[who] = sim.now() + lasts;
        if (what === 'restart') {
          const before = running[who];
          if (before) former.push(before);
          before?.stop.abort();
          running[who] = start(who);
        }
      }
      ways.fill(10); // with a slow API server there may be no leader, never two
      await sim.advance(100_000, check);
      assert.is(running.filter(leads).length, 1, 'at last exactly one leads');
      handovers += (server.lease()?.spec?.leaseTransitions ?? 0) > 0 ? 1 : 0;
      for (const each of running) each.stop.abort();
    }),
    { numRuns: 60 },
  );
  assert.ok(handovers > 10, `only ${handovers} runs had a handover`);
});

test.run();
