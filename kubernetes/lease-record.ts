import type { Lease, LeaseSpec } from 'kubernetes-types/coordination/v1.d.ts';
import type { Clock } from './clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { microTime } from './micro-time.ts';
import { LEASES } from './resources.ts';

/** The calls an election makes. */
export type LeaseClient = Pick<KubernetesClient, 'get' | 'create' | 'update'>;

/** Whose lease, and its times in milliseconds. */
export interface LeaseRecordOptions {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly requestTimeoutMs: number;
}

/** One attempt's outcome. */
export interface Attempt {
  /** We hold the lease as of before the request was sent. */
  readonly held: boolean;
  /** Who holds it, as far as known. */
  readonly holder: string | undefined;
  /** Monotonic time at which the holder's claim ends unless it renews; undefined if nobody else has one. */
  readonly expiresAt: number | undefined;
}

/** The lease as one candidate sees it. */
export interface LeaseRecord {
  /** Acquires or renews. @throws the client's errors, whose outcome is unknown or refused */
  attempt(signal: AbortSignal): Promise<Attempt>;
  /** Gives it up, if it is still ours. @throws the client's errors */
  release(): Promise<void>;
}

/**
 * A lease and what was observed of it. A claim counts as expired when its record has not changed for its duration by our own
 * clock since we saw it: clocks of different machines are never compared.
 */
export function leaseRecord(client: LeaseClient, options: LeaseRecordOptions, clock: Clock): LeaseRecord {
  const { namespace, name, identity, leaseDurationMs, requestTimeoutMs } = options;
  let known: Lease | undefined;
  let claim: { readonly record: string; readonly expiresAt: number; readonly holder: string } | undefined;

  const limits = (signal?: AbortSignal) => ({ timeoutMs: requestTimeoutMs, signal });

  const observe = (lease: Lease | undefined): void => {
    known = lease;
    const spec = lease?.spec;
    const holder = spec?.holderIdentity;
    if (lease && !holder) claim = undefined; // released
    if (!lease || !holder) return; // a deleted Lease releases nothing: its holder may not know yet
    const record = JSON.stringify([lease.metadata?.uid, holder, spec.renewTime, spec.leaseTransitions]);
    if (record === claim?.record) return;
    const duration = (spec.leaseDurationSeconds ?? 0) * 1000 || leaseDurationMs;
    claim = { record, holder, expiresAt: clock.monotonic() + duration };
  };

  const desired = (): LeaseSpec => {
    const now = microTime(clock.wall());
    const before = known?.spec;
    const same = before?.holderIdentity === identity;
    return {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: same ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (same || !before ? 0 : 1),
    };
  };

  const write = async (signal: AbortSignal): Promise<boolean> => {
    try {
      const spec = desired();
      observe(
        known
          ? await client.update<Lease>(LEASES, { ...known, spec }, limits(signal))
          : await client.create<Lease>(LEASES, { metadata: { namespace, name }, spec }, limits(signal)),
      );
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return false; // someone was faster
      throw error;
    }
  };

  const rivalClaim = (): Attempt | undefined =>
    claim && claim.holder !== identity && clock.monotonic() < claim.expiresAt
      ? { held: false, holder: claim.holder, expiresAt: claim.expiresAt }
      : undefined;

  return {
    async attempt(signal) {
      // A holder renews without reading: the resource version catches every other writer.
      if (known?.spec?.holderIdentity !== identity || !(await write(signal))) {
        observe(await client.get<Lease>(LEASES, name, namespace, limits(signal)));
        const rival = rivalClaim();
        if (rival) return rival;
        if (!(await write(signal))) return { held: false, holder: undefined, expiresAt: undefined };
      }
      return { held: true, holder: identity, expiresAt: undefined };
    },
    async release() {
      for (let attempts = 0; known?.spec?.holderIdentity === identity; attempts++) {
        const now = microTime(clock.wall());
        const spec = { ...known.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
        try {
          observe(await client.update<Lease>(LEASES, { ...known, spec }, limits()));
        } catch (error) {
          if (!isConflict(error) || attempts >= 2) throw error;
          observe(await client.get<Lease>(LEASES, name, namespace, limits())); // an earlier renewal arrived late
        }
      }
    },
  };
}
