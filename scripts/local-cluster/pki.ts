import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './exec.ts';

/** Paths of a PEM certificate and its private key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** File name without extension. */
  readonly name: string;
  /** Kubernetes reads it as the user name. */
  readonly commonName: string;
  /** Kubernetes reads it as the group. */
  readonly organization?: string;
  /** Addresses and DNS names it serves; none makes it a client-only certificate. */
  readonly hosts?: readonly string[];
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');

/** The openssl configuration of one certificate; our own, because the system's would mark every certificate as a CA. */
export function opensslConfig(request: CertificateRequest, authority: boolean): string {
  const hosts = request.hosts ?? [];
  const names = hosts.map((host, index) => `${isAddress(host) ? 'IP' : 'DNS'}.${index + 1} = ${host}`);
  return [
    '[req]',
    'distinguished_name = subject',
    'x509_extensions = extensions',
    'prompt = no',
    '[subject]',
    ...(request.organization ? [`O = ${request.organization}`] : []),
    `CN = ${request.commonName}`,
    '[extensions]',
    'subjectKeyIdentifier = hash',
    ...(authority
      ? ['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, keyCertSign, cRLSign, digitalSignature']
      : [
          'basicConstraints = critical, CA:FALSE',
          'keyUsage = critical, digitalSignature',
          `extendedKeyUsage = clientAuth${hosts.length > 0 ? ', serverAuth' : ''}`,
        ]),
    ...(hosts.length > 0 ? ['subjectAltName = @names', '[names]', ...names] : []),
    '',
  ].join('\n');
}

async function create(dir: string, request: CertificateRequest, issuer?: KeyPair): Promise<KeyPair> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pair = { cert: join(dir, `${request.name}.crt`), key: join(dir, `${request.name}.key`) };
  const config = join(dir, `${request.name}.cnf`);
  writeFileSync(config, opensslConfig(request, issuer === undefined));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const signer = issuer ? ['-CA', issuer.cert, '-CAkey', issuer.key] : [];
  await run('openssl', [
    'req',
    '-x509',
    ...curve,
    '-days',
    '365',
    '-config',
    config,
    '-keyout',
    pair.key,
    '-out',
    pair.cert,
    ...signer,
  ]);
  return pair;
}

/**
 * Makes a certificate authority in `dir`.
 * @throws CommandFailed when openssl is missing or fails
 */
export function createAuthority(dir: string, name: string): Promise<KeyPair> {
  return create(dir, { name, commonName: `celery-operator local ${name}` });
}

/** Makes a certificate of `authority` in `dir`: for clients, and for servers where it names hosts. */
export function issueCertificate(dir: string, authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
  return create(dir, request, authority);
}

/** Makes the key that signs ServiceAccount tokens; the apiserver reads the public half from the same file, in SEC 1 form only. */
export function createSigningKey(dir: string): string {
  const path = join(dir, 'service-account.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  return path;
}

/** Text of a kubeconfig that signs in with a client certificate; complete in itself, so that it can be copied. */
export function kubeconfig(server: string, authority: KeyPair, client: KeyPair): string {
  const data = (path: string): string => readFileSync(path).toString('base64');
  const name = 'celery-operator';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': data(authority.cert) } }],
    users: [{ name, user: { 'client-certificate-data': data(client.cert), 'client-key-data': data(client.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`; // JSON is YAML
}
