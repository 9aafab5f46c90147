import type { Log } from '../log.ts';
import { bundleOf } from './bundle.ts';
import {
  bundlesIn,
  type PatchOperation,
  publishedEverywhere,
  publishPatch,
  type WebhookConfiguration,
} from './configuration.ts';
import { type Candidate, decideAuthority, decideLeaf, decideSigner } from './decide.ts';
import { type Facts, factsOf, type Issued, issueAuthority, issueLeaf } from './issue.ts';
import { LIFETIMES, type Lifetimes } from './lifetimes.ts';
import { type AuthoritySecret, readSecret, writeSecret } from './secret.ts';
import type { CertificateSink, CertificateSource } from './source.ts';
import { ticker } from './ticker.ts';

/** What the manager does to the cluster. Every write fails, instead of overwriting, when somebody else was faster. */
export interface Cluster {
  getSecret(): Promise<AuthoritySecret | undefined>;
  /** @returns false when it exists already */
  createSecret(secret: AuthoritySecret): Promise<boolean>;
  /** @returns false when it was changed meanwhile */
  updateSecret(secret: AuthoritySecret): Promise<boolean>;
  /** Both webhook configurations. @throws when one does not exist */
  getConfigurations(): Promise<readonly WebhookConfiguration[]>;
  /** @param at which of the configurations. @returns false when it was changed meanwhile */
  patchConfiguration(at: number, operations: readonly PatchOperation[]): Promise<boolean>;
}

export interface ManagerOptions {
  readonly cluster: Cluster;
  readonly sink: CertificateSink;
  readonly log: Log;
  readonly namespace: string;
  readonly secretName: string;
  /** What the serving certificate is for: DNS names, in tests IP addresses. */
  readonly names: readonly string[];
  readonly lifetimes?: Lifetimes;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Serving extends Facts {
  readonly signer: string;
}

/** Tries after a lost race before the next round does it. */
const ATTEMPTS = 4;
/** Milliseconds until another try while clients do not trust us. */
const IMPATIENT = 1000;

/** The DNS names under which the API server calls a Service. */
export function serviceNames(service: string, namespace: string): string[] {
  return [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
    `${service}.${namespace}`,
    service,
  ];
}

/**
 * Makes and renews the webhook's certificates by itself: an authority in a Secret, its certificate in every caBundle, and a serving certificate
 * that only this process knows. Any number of replicas may do so at once. Each round compares what is with what should be, so drift heals.
 */
export function certificateManager(options: ManagerOptions): CertificateSource {
  const { cluster, sink, log } = options;
  const lifetimes = options.lifetimes ?? LIFETIMES;
  const now = options.now ?? Date.now;
  const publishedSince = new Map<string, number>();
  let serving: Serving | undefined;
  let problem: string | undefined = 'no serving certificate was made yet';

  async function authorities(): Promise<Issued[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const secret = await cluster.getSecret();
      const stored = secret === undefined ? [] : readSecret(secret);
      const verdict = decideAuthority(stored[0] && factsOf(stored[0].cert, lifetimes), now(), lifetimes);
      if (!verdict.renew) return stored;
      const valid = stored.filter(({ cert }) => now() < factsOf(cert, lifetimes).notAfter);
      const next = [await issueAuthority(now(), lifetimes), ...valid];
      const wanted = writeSecret(options.namespace, options.secretName, next, secret);
      const written = secret === undefined ? await cluster.createSecret(wanted) : await cluster.updateSecret(wanted);
      log.info(
        { written, reason: verdict.reason },
        written ? 'new certificate authority' : 'another replica made a certificate authority',
      );
    }
    throw new Error(`Secret "${options.namespace}/${options.secretName}" keeps changing`);
  }

  async function publish(certs: readonly string[]): Promise<Set<string>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const configurations = await cluster.getConfigurations();
      const wanted = bundleOf(certs, bundlesIn(configurations), now());
      const patches = configurations.map((configuration) => publishPatch(configuration, wanted));
      if (patches.every((patch) => patch.length === 0)) return publishedEverywhere(configurations);
      for (const [at, patch] of patches.entries()) {
        if (patch.length === 0) continue;
        const written = await cluster.patchConfiguration(at, patch);
        log.info({ configuration: configurations[at]?.metadata.name, written }, 'caBundle brought up to date');
      }
    }
    throw new Error('the webhook configurations keep changing: does something else write their caBundle?');
  }

  function remember(published: ReadonlySet<string>): void {
    for (const fingerprint of publishedSince.keys())
      if (!published.has(fingerprint)) publishedSince.delete(fingerprint);
    for (const fingerprint of published) if (!publishedSince.has(fingerprint)) publishedSince.set(fingerprint, now());
  }

  async function serve(issuers: readonly Issued[]): Promise<void> {
    const candidates = issuers.map((issuer): Candidate & { readonly issuer: Issued } => {
      const facts = factsOf(issuer.cert, lifetimes);
      return { ...facts, issuer, publishedSince: publishedSince.get(facts.fingerprint) };
    });
    const signer = decideSigner(candidates, now(), lifetimes);
    if (signer === undefined) throw new Error('no authority is valid now');
    sink.expires('ca', signer.notAfter);
    const leaf = serving && { ...serving, isTrusted: publishedSince.has(serving.signer) };
    const verdict = decideLeaf(leaf, signer, now(), lifetimes);
    if (!verdict.renew) return;
    const issued = await issueLeaf(signer.issuer, options.names, now(), lifetimes);
    sink.serve(issued);
    serving = { ...factsOf(issued.cert, lifetimes), signer: signer.fingerprint };
    sink.expires('leaf', serving.notAfter);
    log.info({ reason: verdict.reason, notAfter: new Date(serving.notAfter).toISOString() }, 'new serving certificate');
  }

  /** Remembered, so that an API server that is away for a while does not stop the leaf's renewal. */
  let last: readonly Issued[] = [];

  async function round(): Promise<number> {
    const faults: string[] = [];
    const step = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        faults.push(error instanceof Error ? error.message : 'unknown fault');
      }
    };
    await step(async () => {
      last = await authorities();
    });
    if (last.length > 0) {
      await step(async () => remember(await publish(last.map(({ cert }) => cert))));
      await step(() => serve(last));
    }
    problem = faults[0];
    for (const fault of faults) log.warn({ fault }, 'certificates: will try again');
    return result().length === 0 ? lifetimes.check : Math.min(IMPATIENT, lifetimes.check);
  }

  function result(): readonly string[] {
    if (serving === undefined) return [problem ?? 'no serving certificate was made yet'];
    if (now() >= serving.notAfter) return [problem ?? 'the serving certificate has expired'];
    // What was published stays so while the API server cannot be asked.
    return publishedSince.has(serving.signer)
      ? []
      : [problem ?? 'the caBundle of the webhook configurations does not hold our authority yet'];
  }

  const { run, nudge } = ticker(round);
  return { run, nudge, problems: result };
}
