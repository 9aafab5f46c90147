/** Results of tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

export const add = (one: Counts, other: Counts): Counts => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

/**
 * Reads the counts that uvu prints at the end of a file's run.
 * A file that ended badly counts as at least one failure, and so does one that ran no test: a check that cannot fail is none.
 * @param output standard output of the run
 * @param exitCode of the process; null: killed
 */
export function countsOf(output: string, exitCode: number | null): Counts {
  const read = (label: string): number => Number(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const total = read('Total');
  const passed = read('Passed');
  const skipped = read('Skipped');
  const failed = Math.max(0, total - passed);
  const broken = exitCode !== 0 || total === 0;
  return { passed, skipped, failed: broken ? Math.max(1, failed) : failed };
}
