// Must come first: @peculiar/x509 2 throws at import without it.
import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Lifetimes } from './lifetimes.ts';

/** A certificate with its private key, as TLS servers and Secrets take them. */
export interface Issued {
  /** PEM. */
  readonly cert: string;
  /** PKCS #8 PEM. */
  readonly key: string;
}

/** What a decision needs to know of a certificate. Times are milliseconds since 1970. */
export interface Facts {
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  /** When it was made: notBefore without the backdating. */
  readonly issuedAt: number;
  readonly notAfter: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Tells our own authorities in a caBundle from anybody else's. */
const ORGANIZATION = 'celery-operator';
const provider = webcrypto;
x509.cryptoProvider.set(provider);

/** A new self-signed authority. */
export async function issueAuthority(now: number, lifetimes: Lifetimes): Promise<Issued> {
  const keys = await provider.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serialNumber = serial();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    // A name of its own for each: verifiers find the issuer by name first.
    name: `O=${ORGANIZATION}, CN=webhook CA ${serialNumber.slice(0, 12)}`,
    ...period(now, now + lifetimes.authority, lifetimes),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, provider),
    ],
  });
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

/**
 * A new serving certificate. It never outlives its authority.
 * @param names DNS names and IP addresses; the first one becomes the common name
 */
export async function issueLeaf(
  authority: Issued,
  names: readonly string[],
  now: number,
  lifetimes: Lifetimes,
): Promise<Issued> {
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await provider.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.key),
    ALGORITHM,
    false,
    ['sign'],
  );
  const keys = await provider.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    // Common names end at 64 characters; verifiers read the alternative names.
    subject: [{ O: [ORGANIZATION] }, { CN: [(names[0] ?? '').slice(0, 64)] }],
    issuer: issuer.subject,
    ...period(now, Math.min(now + lifetimes.leaf, issuer.notAfter.getTime()), lifetimes),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer, false, provider),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, provider),
    ],
  });
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

/**
 * Reads the times of a PEM certificate.
 * @throws Error when it is not one
 */
export function factsOf(cert: string, lifetimes: Pick<Lifetimes, 'backdate'>): Facts {
  const parsed = new X509Certificate(cert);
  return {
    fingerprint: createHash('sha256').update(parsed.raw).digest('hex'),
    issuedAt: parsed.validFromDate.getTime() + lifetimes.backdate,
    notAfter: parsed.validToDate.getTime(),
  };
}

/** Whether a PEM certificate is an authority that this program made (or says so). */
export function isOurAuthority(cert: string): boolean {
  const parsed = new X509Certificate(cert);
  return parsed.ca && parsed.subject.split('\n').includes(`O=${ORGANIZATION}`);
}

/** Whether `leaf` was signed by `authority`. Both PEM. */
export function isSignedBy(leaf: string, authority: string): boolean {
  const issuer = new X509Certificate(authority);
  const subject = new X509Certificate(leaf);
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

/** Certificates count in seconds; rounding up keeps a short-lived one from ending before it begins. */
function period(from: number, to: number, { backdate }: Lifetimes): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(Math.floor((from - backdate) / 1000) * 1000),
    notAfter: new Date(Math.ceil(to / 1000) * 1000),
  };
}

/** 128 random bits, positive as RFC 5280 wants. */
function serial(): string {
  const bytes = provider.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await provider.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
