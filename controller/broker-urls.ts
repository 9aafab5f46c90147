import type { Secret } from 'kubernetes-types/core/v1.js';
import { BROKER_URL_KEY, MANAGEMENT_URL_KEY, RESULT_BACKEND_KEY } from '../application/component.ts';
import type { ResolvedApplication, UrlSource } from '../application/resolve.ts';
import { RabbitmqError } from '../brokers/rabbitmq.ts';
import type { BundledUrls } from './bundled-broker.ts';
import { REASONS } from './reasons.ts';
import type { Problem } from './status.ts';

/** Reads the Secrets and the bundled broker; the effects behind this file's decisions. */
export interface UrlReader {
  /** A Secret in the application's namespace, or undefined. */
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** The application's own part of the bundled broker, or undefined where none is installed. @throws RabbitmqError */
  bundled(application: ResolvedApplication): Promise<BundledUrls | undefined>;
}

/** The URLs that have to be copied, by key of the operator's Secret. Values are secret. */
export type Urls = Readonly<Record<string, string>>;

/**
 * Collects the URLs that do not stand in the application itself.
 * @returns the URLs, or what hinders: never a credential in its message
 */
export async function readUrls(
  application: ResolvedApplication,
  reader: UrlReader,
): Promise<{ urls: Urls } | { problem: Problem }> {
  const { broker, resultBackend, management } = application;
  let bundled: BundledUrls | undefined;
  if ([broker, resultBackend].some(({ kind }) => kind === 'bundled')) {
    const found = await bundledOf(application, reader);
    if ('problem' in found) return found;
    bundled = found;
  }
  const urls: Record<string, string> = {};
  for (const [key, source, field, own] of [
    [BROKER_URL_KEY, broker, 'spec.broker.urlFrom', bundled?.broker],
    [RESULT_BACKEND_KEY, resultBackend, 'spec.resultBackend.urlFrom', bundled?.resultBackend],
    [MANAGEMENT_URL_KEY, management, 'spec.broker.managementUrlFrom', bundled?.management],
  ] as const) {
    const value = source?.kind === 'secret' ? await readSecret(application, source, field, reader) : undefined;
    if (value !== undefined && 'problem' in value) return value;
    const url = source?.kind === 'bundled' ? own : value?.url;
    if (url !== undefined) urls[key] = url;
  }
  return { urls };
}

async function bundledOf(
  application: ResolvedApplication,
  reader: UrlReader,
): Promise<BundledUrls | { problem: Problem }> {
  const field = application.broker.kind === 'bundled' ? 'spec.broker' : 'spec.resultBackend';
  const problem = (reason: Problem['reason'], message: string): { problem: Problem } => ({
    problem: { reason, message: `${field}.bundled: ${message}`, final: false },
  });
  try {
    return (
      (await reader.bundled(application)) ??
      problem(
        REASONS.brokerNotInstalled,
        `this installation has no bundled broker; install the chart with broker.enabled=true, or set ${field}.url`,
      )
    );
  } catch (error) {
    if (!(error instanceof RabbitmqError)) throw error;
    return problem(
      REASONS.brokerUnavailable,
      `${error.message}; workers that run go on by themselves, and this is tried again every 15 s`,
    );
  }
}

async function readSecret(
  application: ResolvedApplication,
  source: UrlSource & { readonly kind: 'secret' },
  field: string,
  reader: UrlReader,
): Promise<{ url: string } | { problem: Problem }> {
  const problem = (message: string): { problem: Problem } => ({
    problem: { reason: REASONS.secretNotFound, message: `${field}.secretKeyRef: ${message}`, final: false },
  });
  const secret = await reader.secret(application.namespace, source.name);
  if (secret === undefined)
    return problem(
      `Secret "${source.name}" does not exist in namespace "${application.namespace}"; create it, or correct the name`,
    );
  const encoded = secret.data?.[source.key];
  const url = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8').trim();
  if (url !== '') return { url };
  const keys = Object.keys(secret.data ?? {}).sort();
  return problem(
    `Secret "${source.name}" has no value under the key "${source.key}"; it has ${keys.length === 0 ? 'no keys' : keys.slice(0, 20).join(', ')}`,
  );
}

/** Whether a Secret holds just these URLs, so that it can be used again. */
export function holds(secret: Secret, urls: Urls): boolean {
  const data = secret.data ?? {};
  const keys = Object.keys(urls);
  return (
    Object.keys(data).length === keys.length &&
    keys.every((key) => data[key] === Buffer.from(urls[key] ?? '', 'utf8').toString('base64'))
  );
}
