import { type Clock, systemClock } from './clock.ts';
import { type LeaseClient, type LeaseRecord, leaseRecord } from './lease-record.ts';
import { type Log, silent } from './log.ts';

export interface ElectionOptions {
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Of this process among all candidates, over all time: a pod's name with a random part. */
  readonly identity: string;
  /**
   * Called on each win. Must stop acting when `signal` aborts; the lease is released, and the next campaign starts, only
   * when its promise has settled. May also return at once and go on in the background, then without that guarantee.
   * A rejection gives up the lease.
   * @param held whether the claim is valid right now by the clocks: to ask before a write, for a process that was paused
   */
  readonly onStartedLeading: (signal: AbortSignal, held: () => boolean) => void | Promise<void>;
  /** Called after each term, when its work has ended. */
  readonly onStoppedLeading?: (() => void) | undefined;
  /** Hears of each holder once, ourselves included. */
  readonly onNewLeader?: ((identity: string) => void) | undefined;
  /** How long others respect a claim without renewal, in milliseconds; whole seconds, default 15 000. */
  readonly leaseDurationMs?: number | undefined;
  /** How long we act without renewal; below leaseDurationMs, default 10 000. The difference is the work's time to end. */
  readonly renewDeadlineMs?: number | undefined;
  /** Between attempts; default 2 000. */
  readonly retryPeriodMs?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** A moment by both clocks. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

interface Settings extends Required<Omit<ElectionOptions, 'onStoppedLeading' | 'onNewLeader'>> {
  readonly onStoppedLeading: () => void;
  readonly sawHolder: (holder: string | undefined) => void;
}

const moment = (clock: Clock): Moment => ({ monotonic: clock.monotonic(), wall: clock.wall() });

/** The longer of both clocks' answers: monotonic time misses a suspended machine, wall time a step backwards. */
const elapsed = (since: Moment, clock: Clock): number =>
  Math.max(clock.monotonic() - since.monotonic, clock.wall() - since.wall);

/** Tries until the lease is ours; returns from when the claim counts, or undefined after `signal`. */
async function campaign(settings: Settings, record: LeaseRecord, signal: AbortSignal): Promise<Moment | undefined> {
  const { clock, log, retryPeriodMs } = settings;
  const never = new AbortController().signal; // an aborted attempt might have won unknowingly; it is short anyway
  while (!signal.aborted) {
    const since = moment(clock);
    let wait = retryPeriodMs * (1 + Math.random() / 5);
    try {
      const { held, holder, expiresAt } = await record.attempt(never);
      settings.sawHolder(holder);
      if (held) return since;
      if (expiresAt !== undefined) wait = Math.min(wait, Math.max(50, expiresAt - clock.monotonic()));
    } catch (error) {
      log('an attempt to acquire the lease failed', { error });
    }
    await clock.sleep(wait, signal);
  }
  return undefined;
}

/** One term: from winning to losing the lease or giving it up. Resolves when its work has ended. */
async function term(settings: Settings, record: LeaseRecord, since: Moment, signal: AbortSignal): Promise<void> {
  const { clock, log, renewDeadlineMs, retryPeriodMs } = settings;
  let renewed = since;
  const leading = new AbortController();
  const lost = new AbortController();
  const done = new AbortController();
  const held = (): boolean => !leading.signal.aborted && elapsed(renewed, clock) < renewDeadlineMs;
  const stop = (): void => leading.abort(signal.reason);
  const lose = (why: string): void => {
    if (done.signal.aborted) return;
    log('lost the lease', { why });
    leading.abort(new Error(`lost the lease: ${why}`));
    lost.abort();
    done.abort();
  };

  async function watchDeadline(): Promise<void> {
    while (!done.signal.aborted) {
      const left = renewDeadlineMs - elapsed(renewed, clock);
      if (left <= 0) return lose(`not renewed for ${renewDeadlineMs} ms`);
      await clock.sleep(left, done.signal);
    }
  }

  /** Goes on while the work is ending, so that nobody takes over too early. */
  async function renew(): Promise<void> {
    for (;;) {
      await clock.sleep(retryPeriodMs, done.signal);
      if (done.signal.aborted) return;
      const before = moment(clock);
      try {
        const { held, holder } = await record.attempt(lost.signal);
        if (held) renewed = before;
        else if (holder !== undefined) {
          settings.sawHolder(holder);
          lose(`${holder} holds it`);
        }
      } catch (error) {
        if (!lost.signal.aborted) log('renewing the lease failed', { error });
      }
    }
  }

  async function work(): Promise<void> {
    try {
      await settings.onStartedLeading(leading.signal, held);
    } catch (error) {
      if (!leading.signal.aborted) log('leading failed', { error });
      leading.abort(error);
    }
  }

  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const ended = new Promise<void>((resolve) => {
    if (leading.signal.aborted) resolve();
    else leading.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const upkeep = Promise.all([watchDeadline(), renew()]);
  if (held()) await Promise.all([work(), ended]);
  done.abort();
  await upkeep;
  signal.removeEventListener('abort', stop);
  leading.abort();
  if (lost.signal.aborted) return;
  await record.release().catch((error) => log('releasing the lease failed, it will expire', { error }));
}

/**
 * Takes part in the election of one leader by a Lease, until `signal` aborts; then releases and resolves. Never rejects. A lost
 * lease aborts the term's signal, and campaigning goes on in this process.
 *
 * Never two at once: we act at most `renewDeadlineMs` from sending the last successful renewal; others take over no sooner than
 * `leaseDurationMs` after they saw it, by their own clock. The semantics and defaults are client-go's.
 * @throws TypeError for times that cannot keep that promise
 */
export async function elect(client: LeaseClient, options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
  const { log = silent, clock = systemClock } = options;
  if (!(retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
    throw new TypeError('a lease needs retryPeriodMs < renewDeadlineMs < leaseDurationMs');
  }
  let lastHolder: string | undefined;
  const settings: Settings = {
    ...options,
    ...{ leaseDurationMs, renewDeadlineMs, retryPeriodMs, log, clock },
    onStoppedLeading: options.onStoppedLeading ?? (() => {}),
    sawHolder(holder) {
      if (holder === undefined || holder === lastHolder) return;
      lastHolder = holder;
      options.onNewLeader?.(holder);
    },
  };
  const { namespace, name, identity } = options;
  const requestTimeoutMs = renewDeadlineMs / 2;
  const record = leaseRecord(client, { namespace, name, identity, leaseDurationMs, requestTimeoutMs }, clock);
  while (!signal.aborted) {
    const since = await campaign(settings, record, signal);
    if (since === undefined) return;
    log('acquired the lease', { identity });
    await term(settings, record, since, signal);
    settings.onStoppedLeading();
    await clock.sleep(retryPeriodMs, signal);
  }
}
