import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Log } from '../log.ts';
import { certificatesIn } from './bundle.ts';
import { factsOf } from './issue.ts';
import type { CertificateSink, CertificateSource } from './source.ts';
import { ticker } from './ticker.ts';

export interface FileOptions {
  readonly certFile: string;
  readonly keyFile: string;
  readonly sink: CertificateSink;
  readonly log: Log;
  /** Milliseconds between two looks. The kubelet swaps symlinks, which defeats file notifications. */
  readonly check?: number;
}

/** A certificate that somebody else renews (cert-manager, for one), who then also writes the caBundle. */
export function certificateFiles({ certFile, keyFile, sink, log, check = 10_000 }: FileOptions): CertificateSource {
  let loaded = '';
  let notAfter = 0;
  let problem: string | undefined = `no certificate was read from ${certFile} yet`;
  const { run, nudge } = ticker(async () => {
    try {
      const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
      if (cert + key !== loaded) {
        createSecureContext({ cert, key }); // throws when the two do not belong together: half of a swap
        notAfter = factsOf(certificatesIn(cert)[0] ?? '', { backdate: 0 }).notAfter;
        sink.serve({ cert, key });
        sink.expires('leaf', notAfter);
        loaded = cert + key;
        log.info({ notAfter: new Date(notAfter).toISOString() }, 'certificate files loaded');
      }
      problem = undefined;
    } catch (error) {
      // OpenSSL and the file system name the file and the fault, never the key.
      problem = `the certificate in ${certFile} and ${keyFile} cannot be used: ${error instanceof Error ? error.message : 'unknown'}`;
      log.warn(problem);
    }
    return check;
  });
  return {
    run,
    nudge,
    problems() {
      // What was loaded goes on serving while a broken pair lies in the files.
      if (loaded === '') return problem === undefined ? [] : [problem];
      return Date.now() < notAfter
        ? []
        : [`the certificate in ${certFile} expired at ${new Date(notAfter).toISOString()}`];
    },
  };
}
