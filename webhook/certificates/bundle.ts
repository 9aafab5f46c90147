import { factsOf, isOurAuthority } from './issue.ts';

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----/g;

/** The readable certificates of a caBundle as the API gives it (base64 of PEM), each trimmed; what cannot be read is left out. */
export function readBundle(caBundle: string | undefined): string[] {
  if (!caBundle) return [];
  return certificatesIn(Buffer.from(caBundle, 'base64').toString('latin1'));
}

/** The readable certificates of a PEM text. */
export function certificatesIn(pem: string): string[] {
  return (pem.match(PEM) ?? []).filter((cert) => fingerprintOf(cert) !== undefined);
}

/** SHA-256 of a PEM certificate; undefined when it cannot be read. */
export function fingerprintOf(cert: string): string | undefined {
  try {
    return factsOf(cert, { backdate: 0 }).fingerprint;
  } catch {
    return undefined;
  }
}

/**
 * The caBundle to publish: the Secret's authorities, and those of ours that are published already, each until it expires. So another replica's
 * certificate stays good whichever replica writes, even when the Secret was deleted. Youngest first, so that every replica writes the same bytes.
 * @param authorities PEM, from the Secret
 * @param published the present caBundles (base64), of every webhook in every configuration
 * @param now milliseconds since 1970
 * @returns base64 of PEM
 */
export function bundleOf(
  authorities: readonly string[],
  published: readonly (string | undefined)[],
  now: number,
): string {
  const ours = published.flatMap(readBundle).filter(isOurAuthority);
  const chosen = new Map<string, { readonly cert: string; readonly issuedAt: number }>();
  for (const cert of [...authorities, ...ours]) {
    const { fingerprint, issuedAt, notAfter } = factsOf(cert, { backdate: 0 });
    if (now < notAfter) chosen.set(fingerprint, { cert: cert.replaceAll('\r', '').trim(), issuedAt });
  }
  const ordered = [...chosen].sort(([a, x], [b, y]) => y.issuedAt - x.issuedAt || (a < b ? -1 : 1));
  return Buffer.from(`${ordered.map(([, { cert }]) => cert).join('\n')}\n`).toString('base64');
}
