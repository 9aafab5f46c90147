import { createServer } from 'node:http';
import type { Secret } from 'kubernetes-types/core/v1.js';
import type { Logger } from 'pino';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { eventRecorder } from '../kubernetes/events.ts';
import { elect } from '../kubernetes/lease.ts';
import type { Log } from '../kubernetes/log.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import { sleep } from '../kubernetes/sleep.ts';
import { type BundledBroker, bundledUrls } from './bundled-broker.ts';
import type { ControllerConfig } from './config.ts';
import { controllerMetrics } from './metrics.ts';
import { observe } from './observe.ts';
import { queueLengths } from './queue-lengths.ts';
import { type ReconcileContext, reconcile } from './reconcile.ts';
import { sweeper } from './sweep.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';
import { statusWriter } from './write-status.ts';

/** Applications that are reconciled at once: their work is waiting for the API server. */
const CONCURRENCY = 8;
const SWEEP_MILLISECONDS = 10 * 60 * 1000;
/** Bookmarks come about once a minute on every watch; after this long the process is no use. */
const STALE_MILLISECONDS = 15 * 60 * 1000;

/** What the controller is run with. */
export interface ControllerOptions {
  readonly config: ControllerConfig;
  readonly client: KubernetesClient;
  readonly log: Logger;
}

/**
 * Runs the controller until the signal aborts. Every replica watches; the one that holds the lease writes.
 * Ends when its work has ended, the lease is given back and the recorded events are sent.
 */
export async function runController({ config, client, log }: ControllerOptions, stop: AbortSignal): Promise<void> {
  const tell: Log = (message, fields) => log.warn(named(fields), message);
  const metrics = controllerMetrics();
  const events = eventRecorder(client, {
    component: 'celery-operator',
    instance: config.identity,
    log: tell,
  });
  let queue: WorkQueue | undefined;
  const observed = observe(client, (key) => queue?.add(key), tell, stop);
  metrics.watch(() => ({
    silence: observed.silence(),
    waiting: queue?.waiting ?? 0,
    applications: observed.applications(),
  }));

  const broker = bundledBroker(config);
  const context: Omit<ReconcileContext, 'held'> = {
    client,
    observed,
    events,
    writeStatus: statusWriter({
      client,
      events,
      later: (key, milliseconds) => queue?.addAfter(key, milliseconds),
      now: Date.now,
    }),
    urls: {
      secret: (namespace, name) => client.get<Secret>(SECRETS, name, namespace),
      bundled: (application) => bundledUrls(client, broker, application),
    },
    installation: {
      ...(config.bundledBroker === undefined ? {} : { bundledBroker: config.bundledBroker }),
      defaults: config.defaults,
    },
    queueLengths: queueLengths(client, Date.now),
  };

  const lead = async (signal: AbortSignal, held: () => boolean): Promise<void> => {
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([observed.synced, ended]);
    if (signal.aborted) return;
    log.info('leading: reconciling all applications');
    metrics.leading(true);
    const own = createWorkQueue({
      concurrency: CONCURRENCY,
      work: async (key) => {
        const done = metrics.reconcileStarted();
        try {
          const again = await reconcile(key, { ...context, held });
          done('ok');
          if (again !== undefined) own.addAfter(key, again);
        } catch (error) {
          done('error');
          throw error;
        }
      },
      onError: (key, error, pause) =>
        log.warn({ err: error, application: key, retryInMilliseconds: Math.round(pause) }, 'reconcile failed'),
    });
    queue = own;
    for (const application of observed.applications())
      own.add(`${application.metadata.namespace}/${application.metadata.name}`);
    const sweeping = sweepUntil(signal, sweeper(client, observed, Date.now), (error) =>
      log.warn({ err: error }, 'sweep failed'),
    );
    await ended;
    queue = undefined;
    metrics.leading(false);
    // The lease is given back only after this: two leaders must never write at once.
    await own.stop();
    await sweeping;
    log.info('no longer leading');
  };

  const health = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics') {
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        // A metric that cannot be read must not end the process.
        () => response.writeHead(500).end(),
      );
    } else if (path === '/healthz' || path === '/readyz') {
      const stale = path === '/healthz' && observed.silence() > STALE_MILLISECONDS;
      response
        .writeHead(stale ? 503 : 200, { 'content-type': 'text/plain' })
        .end(stale ? 'the watches have gone silent\n' : 'ok\n');
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    }
  }).listen(config.metricsPort);

  log.info({ identity: config.identity }, 'started');
  await elect(
    client,
    {
      namespace: config.namespace,
      name: config.leaseName,
      identity: config.identity,
      onStartedLeading: lead,
      onNewLeader: (leader) => log.info({ leader }, 'the leader is known'),
      log: (message, fields) => log.info(named(fields), message),
    },
    stop,
  );
  health.close();
  await events.flush();
  log.info('stopped');
}

function bundledBroker(config: ControllerConfig): BundledBroker {
  return { namespace: config.namespace, secret: config.bundledBrokerSecret, registry: config.brokerRegistry };
}

async function sweepUntil(
  signal: AbortSignal,
  own: ReturnType<typeof sweeper>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await own.sweep(signal);
    } catch (error) {
      onError(error);
    }
    await sleep(SWEEP_MILLISECONDS, signal);
  }
}

/** pino prints an error with its name and stack only under "err". */
function named(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { error, ...others } = fields;
  return error === undefined ? others : { ...others, err: error };
}
