/** A decimal number, a power of ten or of two as suffix: k8s.io/apimachinery, resource.Quantity. */
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d{1,3})|(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE]))?$/;
const twos = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const tens: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

interface Scaled {
  readonly digits: bigint;
  /** Power of ten. */
  readonly exponent: number;
}

function parse(value: unknown): Scaled | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  const match = text.length <= 64 ? pattern.exec(text) : null;
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', scientific, binary, decimal] = match;
  if (whole === '' && fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction) << BigInt(binary ? 10 * (twos.indexOf(binary) + 1) : 0);
  const power = scientific ? Number(scientific.slice(1)) : decimal ? (tens[decimal] ?? 0) : 0;
  return { digits: sign === '-' ? -magnitude : magnitude, exponent: power - fraction.length };
}

/** Whether both are quantities of the same value: `0.5` and `500m`, `1024Mi` and `1Gi`, the number 1 and `1`. Exact. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const [left, right] = [parse(a), parse(b)];
  if (!left || !right) return false;
  const exponent = Math.min(left.exponent, right.exponent);
  const scaled = (value: Scaled): bigint => value.digits * 10n ** BigInt(value.exponent - exponent);
  return scaled(left) === scaled(right);
}
