/** A path in one form: "/a/b" without a slash at the end, "" for the root. @param path as a user writes it: "a/b", "/a/b/", "/" */
export function normalPath(path: string): string {
  const trimmed = path.replace(/^\/+/, '').replace(/\/+$/, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}
