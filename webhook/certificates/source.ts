import type { Issued } from './issue.ts';

/** Where the server's certificate comes from. */
export interface CertificateSource {
  /** Works until the signal aborts. Failures are logged, shown by `problems` and tried again; this never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks again soon: something outside has changed. */
  nudge(): void;
  /** Why clients may not trust the server now; none means that they do. */
  problems(): readonly string[];
}

/** What a source does with what it has. */
export interface CertificateSink {
  /** Serves new connections with another certificate from now on. */
  serve(leaf: Issued): void;
  /** @param notAfter milliseconds since 1970 */
  expires(kind: 'ca' | 'leaf', notAfter: number): void;
}
