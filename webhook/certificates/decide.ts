import type { Facts } from './issue.ts';
import type { Lifetimes } from './lifetimes.ts';

/** What to do, and why: the reason goes to the log. */
export interface Verdict {
  readonly renew: boolean;
  readonly reason: string;
}

/** Whether a certificate has used up two thirds of its life. */
function isDue({ issuedAt, notAfter }: Facts, now: number): boolean {
  return now >= issuedAt + ((notAfter - issuedAt) * 2) / 3;
}

/**
 * Whether a new authority is to be made.
 * @param current the youngest authority in the Secret; undefined: there is none, or none that can be read
 */
export function decideAuthority(current: Facts | undefined, now: number, { backdate }: Lifetimes): Verdict {
  if (current === undefined) return { renew: true, reason: 'there is no authority' };
  if (now >= current.notAfter) return { renew: true, reason: 'the authority has expired' };
  if (now < current.issuedAt - backdate)
    return { renew: true, reason: 'the authority is not valid yet: the clock went back' };
  if (isDue(current, now)) return { renew: true, reason: "two thirds of the authority's life are over" };
  return { renew: false, reason: 'the authority is young enough' };
}

/** An authority as the choice of a signer sees it. */
export interface Candidate extends Facts {
  /** Since when every configuration has held it, in milliseconds since 1970; undefined: not in all of them. */
  readonly publishedSince: number | undefined;
}

/** Whether every API server must have seen an authority by now. */
export function isSettled({ publishedSince, issuedAt }: Candidate, now: number, { settle }: Lifetimes): boolean {
  if (publishedSince === undefined) return false;
  // A process that has just started did not see the publication; an authority this old has been published for long.
  return now - publishedSince >= settle || now - issuedAt >= 10 * settle;
}

/**
 * Which authority signs the serving certificate: the youngest whose publication has reached every API server.
 * While none has, the oldest that is published serves on; at the very first start the youngest has to do, published or not.
 * @param candidates those of the Secret, youngest first
 */
export function decideSigner<T extends Candidate>(
  candidates: readonly T[],
  now: number,
  lifetimes: Lifetimes,
): T | undefined {
  const valid = candidates.filter((candidate) => now < candidate.notAfter);
  const settled = valid.find((candidate) => isSettled(candidate, now, lifetimes));
  return settled ?? valid.findLast(({ publishedSince }) => publishedSince !== undefined) ?? valid.at(0);
}

/** The serving certificate as a decision sees it. */
export interface Leaf extends Facts {
  /** Fingerprint of its issuer. */
  readonly signer: string;
  /** Whether every configuration still holds its issuer. */
  readonly isTrusted: boolean;
}

/**
 * Whether a new serving certificate is to be made.
 * @param signer who would sign it
 */
export function decideLeaf(leaf: Leaf | undefined, signer: Candidate, now: number, lifetimes: Lifetimes): Verdict {
  if (leaf === undefined) return { renew: true, reason: 'there is no serving certificate' };
  if (now >= leaf.notAfter) return { renew: true, reason: 'the serving certificate has expired' };
  if (now < leaf.issuedAt - lifetimes.backdate) {
    return { renew: true, reason: 'the serving certificate is not valid yet: the clock went back' };
  }
  if (leaf.signer !== signer.fingerprint) {
    if (leaf.isTrusted && !isSettled(signer, now, lifetimes)) {
      return { renew: false, reason: 'the next authority is not known everywhere yet' };
    }
    return { renew: true, reason: 'another authority signs now' };
  }
  // A leaf cut short by its authority's end cannot be made longer by the same authority.
  if (isDue(leaf, now) && leaf.notAfter < signer.notAfter) {
    return { renew: true, reason: "two thirds of the serving certificate's life are over" };
  }
  return { renew: false, reason: 'the serving certificate is young enough' };
}
