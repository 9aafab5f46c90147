/** What is wrong, or works but hurts, in one application: for a person who wrote the spec. */
export interface Finding {
  /** Stable code, CELnnn: documented in docs/rules.md and safe to search for. */
  readonly code: string;
  /** error refuses the application, warning lets it pass and is shown. */
  readonly severity: 'error' | 'warning';
  /** Field path as Kubernetes writes it: spec.workers[0].args[2] */
  readonly path: string;
  /** What is wrong, without the path. */
  readonly problem: string;
  /** What to do about it, as an imperative. */
  readonly fix: string;
}

/** One line for a person: `spec.app: … (fix) [CEL001]`. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}: ${finding.problem}; ${finding.fix} [${finding.code}]`;
}
