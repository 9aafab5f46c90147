import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the webhook tells Prometheus. No label holds a name that a user chose. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'path' | 'operation' | 'allowed' | 'code'>;
  /** Seconds from the first header to the answer. */
  readonly duration: Histogram<'path'>;
  readonly inFlight: Gauge;
  /** Unix time in seconds. */
  readonly certificateNotAfter: Gauge<'kind'>;
}

/** Makes a registry of its own with every metric in it. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'celery_operator_webhook_requests_total',
      help: 'Admission requests by path, operation, answer and status code.',
      labelNames: ['path', 'operation', 'allowed', 'code'],
      registers,
    }),
    duration: new Histogram({
      name: 'celery_operator_webhook_request_duration_seconds',
      help: 'Time from the request line to the answer.',
      labelNames: ['path'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    inFlight: new Gauge({
      name: 'celery_operator_webhook_in_flight_requests',
      help: 'Admission requests being answered.',
      registers,
    }),
    certificateNotAfter: new Gauge({
      name: 'celery_operator_webhook_certificate_not_after_seconds',
      help: 'Unix time at which the serving certificate (leaf) and its authority (ca) end.',
      labelNames: ['kind'],
      registers,
    }),
  };
}
