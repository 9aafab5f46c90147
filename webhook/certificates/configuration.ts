import { fingerprintOf, readBundle } from './bundle.ts';

/** A ValidatingWebhookConfiguration or MutatingWebhookConfiguration, as far as it matters here. */
export interface WebhookConfiguration {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[];
}

/** One operation of RFC 6902. */
export interface PatchOperation {
  readonly op: 'add' | 'test';
  readonly path: string;
  readonly value: unknown;
}

/** The caBundle of every webhook in some configurations. */
export function bundlesIn(configurations: readonly WebhookConfiguration[]): (string | undefined)[] {
  return configurations.flatMap(({ webhooks }) => (webhooks ?? []).map(({ clientConfig }) => clientConfig.caBundle));
}

/**
 * Operations that bring a configuration's bundles up to date; none when they are. They touch only caBundle, so that the chart owns the rest,
 * and fail when the configuration has changed since it was read: two replicas then never undo each other.
 * @param wanted base64, from bundleOf
 */
export function publishPatch(configuration: WebhookConfiguration, wanted: string): PatchOperation[] {
  const changes = bundlesIn([configuration]).flatMap((present, at) =>
    present === wanted ? [] : [{ op: 'add' as const, path: `/webhooks/${at}/clientConfig/caBundle`, value: wanted }],
  );
  if (changes.length === 0) return [];
  return [{ op: 'test', path: '/metadata/resourceVersion', value: configuration.metadata.resourceVersion }, ...changes];
}

/** Fingerprints of the authorities that every webhook of every configuration holds. */
export function publishedEverywhere(configurations: readonly WebhookConfiguration[]): Set<string> {
  const [first, ...rest] = bundlesIn(configurations).map(
    (bundle) => new Set(readBundle(bundle).flatMap((cert) => fingerprintOf(cert) ?? [])),
  );
  return new Set([...(first ?? [])].filter((fingerprint) => rest.every((other) => other.has(fingerprint))));
}
