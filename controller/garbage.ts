/** A child that is named by its content and may have been left behind by a change. */
export interface Candidate {
  readonly name: string;
  /** Milliseconds since the epoch at which something referred to it last, or at which it was made. */
  readonly lastUsed: number;
}

/** Old revisions can be wanted again by `kubectl rollout undo` or by pods that reschedule late. */
export const KEEP_MILLISECONDS = 60 * 60 * 1000;

/**
 * Names of what nothing has referred to for an hour. Pure.
 * @param candidates all that exist
 * @param referenced names that are wanted, or that a Deployment, ReplicaSet or pod refers to
 * @param now milliseconds since the epoch
 */
export function garbage(candidates: readonly Candidate[], referenced: ReadonlySet<string>, now: number): string[] {
  return candidates
    .filter((candidate) => !referenced.has(candidate.name) && now - candidate.lastUsed > KEEP_MILLISECONDS)
    .map((candidate) => candidate.name);
}
