/** RFC 3339 with exactly six fractional digits: the only form the API server accepts as a MicroTime. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
