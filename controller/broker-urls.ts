import type { Secret } from 'kubernetes-types/core/v1.js';
import { BROKER_URL_KEY, RESULT_BACKEND_KEY } from '../application/component.ts';
import type { ResolvedApplication, UrlSource } from '../application/resolve.ts';
import { REASONS } from './reasons.ts';
import type { Problem } from './status.ts';

/** Reads the Secrets and the bundled broker; the effects behind this file's decisions. */
export interface UrlReader {
  /** A Secret in the application's namespace, or undefined. */
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** URL of the application's own database of the bundled broker, or undefined where none is installed. */
  bundled(application: ResolvedApplication): Promise<string | undefined>;
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
  const urls: Record<string, string> = {};
  for (const [key, source, field] of [
    [BROKER_URL_KEY, application.broker, 'spec.broker'],
    [RESULT_BACKEND_KEY, application.resultBackend, 'spec.resultBackend'],
  ] as const) {
    const result = await readUrl(application, source, field, reader);
    if (result === undefined) continue;
    if (typeof result !== 'string') return { problem: result };
    urls[key] = result;
  }
  return { urls };
}

async function readUrl(
  application: ResolvedApplication,
  source: UrlSource,
  field: string,
  reader: UrlReader,
): Promise<string | Problem | undefined> {
  if (source.kind === 'bundled') {
    const url = await reader.bundled(application);
    return (
      url ?? {
        reason: REASONS.brokerNotInstalled,
        message: `${field}.bundled: this installation has no bundled broker; install the chart with broker.enabled=true, or set ${field}.url`,
        final: false,
      }
    );
  }
  if (source.kind !== 'secret') return undefined;
  const secret = await reader.secret(application.namespace, source.name);
  const where = `${field}.urlFrom.secretKeyRef`;
  if (secret === undefined) {
    return {
      reason: REASONS.secretNotFound,
      message: `${where}: Secret "${source.name}" does not exist in namespace "${application.namespace}"; create it, or correct the name`,
      final: false,
    };
  }
  const encoded = secret.data?.[source.key];
  const url = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8').trim();
  if (url === '') {
    const keys = Object.keys(secret.data ?? {}).sort();
    return {
      reason: REASONS.secretNotFound,
      message: `${where}: Secret "${source.name}" has no value under the key "${source.key}"; it has ${keys.length === 0 ? 'no keys' : keys.slice(0, 20).join(', ')}`,
      final: false,
    };
  }
  return url;
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
