/** What the API server waits when a webhook configuration does not say: timeoutSeconds defaults to 10. */
export const DEFAULT_TIMEOUT = 10_000;
const LONGEST = 30_000;
const UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

/**
 * Milliseconds in which an answer must leave: 0.8 of what the API server says in `?timeout=`, so that it arrives.
 * @param timeout a Go duration such as "5s" or "1m30s"; absent or unreadable: the API server's default
 */
export function budget(timeout: unknown): number {
  return 0.8 * (typeof timeout === 'string' ? (parse(timeout) ?? DEFAULT_TIMEOUT) : DEFAULT_TIMEOUT);
}

function parse(duration: string): number | undefined {
  if (!/^(\d{1,6}(\.\d{1,9})?(ms|s|m)){1,3}$/.test(duration)) return undefined;
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/([\d.]+)(ms|s|m)/g))
    total += Number(amount) * (UNITS.get(unit ?? '') ?? 0);
  return total > 0 ? Math.min(total, LONGEST) : undefined;
}
