import { LABELS, MANAGER } from '../../application/names.ts';
import { certificatesIn, fingerprintOf } from './bundle.ts';
import type { Issued } from './issue.ts';

/** The Secret that holds the authorities, as far as it matters here. */
export interface AuthoritySecret {
  readonly apiVersion?: 'v1';
  readonly kind?: 'Secret';
  readonly type?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly uid?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** Somebody else's Secret bears the name: nothing is read from it and nothing written to it. */
export class ForeignSecret extends Error {
  override readonly name = 'ForeignSecret';
}

/**
 * The authorities in a Secret, youngest first: at most two, because an authority is renewed at two thirds of its life and ends at its third.
 * Entries that cannot be read are left out, as if they were not there.
 * @throws ForeignSecret when it does not carry our label
 */
export function readSecret(secret: AuthoritySecret): Issued[] {
  const { name, namespace, labels } = secret.metadata;
  if (labels?.[LABELS.managedBy] !== MANAGER) {
    throw new ForeignSecret(
      `Secret "${namespace}/${name}" does not carry the label ${LABELS.managedBy}=${MANAGER}, so it is not used; delete it or choose another name for CA_SECRET`,
    );
  }
  const data = secret.data ?? {};
  return ['tls', 'previous'].flatMap((slot) => {
    const [cert] = certificatesIn(text(data[`${slot}.crt`]));
    const key = text(data[`${slot}.key`]);
    return cert === undefined || !key.includes('PRIVATE KEY') ? [] : [{ cert, key }];
  });
}

/**
 * The Secret with a new authority beside the one that signs until then.
 * @param authorities youngest first; the first two are kept
 * @param before the stored Secret; its resourceVersion makes the write fail if somebody else was faster
 */
export function writeSecret(
  namespace: string,
  name: string,
  authorities: readonly Issued[],
  before?: AuthoritySecret,
): AuthoritySecret {
  const [current, previous] = authorities;
  if (current === undefined) throw new Error('no authority to store');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: before?.type ?? 'kubernetes.io/tls',
    metadata: {
      ...before?.metadata,
      name,
      namespace,
      labels: { ...before?.metadata.labels, [LABELS.name]: 'celery-operator', [LABELS.managedBy]: MANAGER },
    },
    data: {
      'tls.crt': base64(current.cert),
      'tls.key': base64(current.key),
      // For a person who wants to verify the endpoint.
      'ca.crt': base64(
        authorities
          .slice(0, 2)
          .map(({ cert }) => cert.trim())
          .join('\n'),
      ),
      ...(previous === undefined
        ? {}
        : { 'previous.crt': base64(previous.cert), 'previous.key': base64(previous.key) }),
    },
  };
}

/** Whether two lists hold the same authorities in the same order. */
export function sameAuthorities(one: readonly Issued[], other: readonly Issued[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ cert }, at) => fingerprintOf(cert) === fingerprintOf(other[at]?.cert ?? ''))
  );
}

const text = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('latin1');
const base64 = (value: string): string => Buffer.from(value).toString('base64');
