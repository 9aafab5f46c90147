/** Every length of time that certificates depend on, in milliseconds. Tests shorten them all by the same scale. */
export interface Lifetimes {
  readonly authority: number;
  readonly leaf: number;
  /** How far notBefore lies in the past, for clocks that run behind. */
  readonly backdate: number;
  /** How long a new authority has to be published before a leaf uses it: API servers read webhook configurations through a watch. */
  readonly settle: number;
  /** Between two looks at the clock, the Secret and the configurations. */
  readonly check: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const LIFETIMES: Lifetimes = {
  authority: 365 * DAY,
  leaf: 7 * DAY,
  backdate: 5 * MINUTE,
  settle: 30 * SECOND,
  check: MINUTE,
};
