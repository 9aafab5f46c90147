import type { FastifyInstance } from 'fastify';
import { CONFIG_MAPS, type KubernetesClient } from '../kubernetes/client.ts';
import { watchApplications } from './application-source.ts';
import { createApplications } from './applications.ts';
import { clusterOf, watchConfigurations } from './certificates/cluster.ts';
import { certificateFiles } from './certificates/files.ts';
import type { Lifetimes } from './certificates/lifetimes.ts';
import { certificateManager, serviceNames } from './certificates/manager.ts';
import type { CertificateSink, CertificateSource } from './certificates/source.ts';
import type { Config } from './config.ts';
import { createHealthServer } from './health.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { mutator } from './mutate.ts';
import { createPlans, type PlanConfigMap } from './plans.ts';
import { createAdmissionServer, type Limits } from './server.ts';
import { type FindingsOf, validator } from './validate.ts';

export interface RunOptions {
  readonly config: Config;
  readonly client: KubernetesClient;
  readonly findingsOf: FindingsOf;
  readonly log: Log;
  /** Address to listen on; all by default. */
  readonly host?: string;
  /** For tests: what the certificate is for, and how long things last. */
  readonly names?: readonly string[];
  readonly lifetimes?: Lifetimes;
  readonly limits?: Partial<Limits>;
}

/** A running webhook. */
export interface Running {
  /** The ports in use: the configured ones, unless these were 0. */
  readonly port: number;
  readonly metricsPort: number;
  /** Why this replica should get no traffic; none means ready. */
  notReady(): readonly string[];
  /** Serves on for the drain delay, answers what is under way, then ends. */
  stop(): Promise<void>;
}

/**
 * Puts the webhook together and starts it. Resolves when both ports listen; the certificate may come later, /readyz tells.
 * @throws Error when a port is taken
 */
export async function runWebhook(options: RunOptions): Promise<Running> {
  const { config, client, log } = options;
  const ending = new AbortController();
  const metrics = createMetrics();
  const applications = createApplications({
    cached: (namespace, name) => watched.cached(namespace, name),
    get: (namespace, name) => watched.get(namespace, name),
  });
  const watched = watchApplications(client, applications.changed, log);
  const plans = createPlans(
    async (namespace, name) =>
      (await client.get(CONFIG_MAPS, name, namespace, { timeoutMs: 3000 })) as PlanConfigMap | undefined,
  );
  const server = createAdmissionServer({
    validate: validator(options.findingsOf),
    mutate: mutator(applications, plans),
    metrics,
    log,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const certificates = certificatesOf(options, {
    serve: (leaf) => server.tls.setSecureContext({ ...leaf, minVersion: 'TLSv1.2' }),
    expires: (kind, notAfter) => metrics.certificateNotAfter.set({ kind }, notAfter / 1000),
  });
  let draining = false;
  const notReady = (): readonly string[] => (draining ? ['shutting down'] : certificates.problems());
  const health = createHealthServer(metrics.registry, notReady);

  await listen(health, config.metricsPort, options.host);
  await listen(server.app, config.port, options.host);
  const background = [certificates.run(ending.signal), watched.run(ending.signal)];
  if (config.files === undefined) {
    background.push(watchConfigurations(client, placesOf(config), certificates.nudge, ending.signal));
  }
  return {
    port: portOf(server.tls.address()),
    metricsPort: portOf(health.server.address()),
    notReady,
    async stop() {
      if (draining) return;
      draining = true;
      server.drain();
      // Until every API server has heard that this endpoint is gone it goes on sending requests here.
      await new Promise((resolve) => setTimeout(resolve, config.drainDelay));
      await server.close();
      ending.abort();
      await Promise.all(background);
      await health.close();
    },
  };
}

/** On every address; `::` takes IPv4 too, but a kernel may have no IPv6. */
async function listen(app: Pick<FastifyInstance, 'listen'>, port: number, host: string | undefined): Promise<void> {
  try {
    await app.listen({ port, host: host ?? '::' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host !== undefined || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await app.listen({ port, host: '0.0.0.0' });
  }
}

function placesOf(config: Config): Parameters<typeof clusterOf>[1] {
  const { namespace, caSecret, validatingConfiguration, mutatingConfiguration } = config;
  return { namespace, secret: caSecret, validatingConfiguration, mutatingConfiguration };
}

function certificatesOf(
  { config, client, log, names, lifetimes }: RunOptions,
  sink: CertificateSink,
): CertificateSource {
  if (config.files !== undefined) return certificateFiles({ ...config.files, sink, log });
  return certificateManager({
    cluster: clusterOf(client, placesOf(config)),
    sink,
    log,
    namespace: config.namespace,
    secretName: config.caSecret,
    names: names ?? serviceNames(config.serviceName, config.namespace),
    ...(lifetimes === undefined ? {} : { lifetimes }),
  });
}

function portOf(address: string | { readonly port: number } | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
