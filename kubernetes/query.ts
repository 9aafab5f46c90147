/** `?a=1&b=2` of what is defined, '' if nothing is. */
export function queryString(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const defined = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)] as [string, string]],
  );
  return defined.length === 0 ? '' : `?${new URLSearchParams(defined)}`;
}
