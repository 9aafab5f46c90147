import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CeleryApplication } from '../application/celery-application.ts';

/** What is looked at when somebody scrapes. */
export interface Watched {
  readonly silence: number;
  readonly waiting: number;
  readonly applications: readonly CeleryApplication[];
}

/** The controller's metrics. */
export interface ControllerMetrics {
  reconcileStarted(): (result: 'ok' | 'error') => void;
  leading(now: boolean): void;
  watch(read: () => Watched): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes a registry of its own, so that two can live in one process. */
export function controllerMetrics(): ControllerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const total = new Counter({
    name: 'celery_operator_reconcile_total',
    help: 'Reconciles by result.',
    labelNames: ['result'],
    registers,
  });
  const seconds = new Histogram({
    name: 'celery_operator_reconcile_seconds',
    help: 'Time of one reconcile.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 on the replica that reconciles.',
    registers,
  });
  leader.set(0);
  return {
    reconcileStarted() {
      const stop = seconds.startTimer();
      return (result) => {
        stop();
        total.inc({ result });
      };
    },
    leading: (now) => leader.set(now ? 1 : 0),
    watch(read) {
      gauge('celery_operator_queue_length', 'Applications that wait to be reconciled.', () => read().waiting);
      gauge(
        'celery_operator_watch_silence_seconds',
        'Time since the quietest watch heard from the API server.',
        () => read().silence / 1000,
      );
      new Gauge({
        name: 'celery_operator_applications',
        help: 'Applications by whether they are ready.',
        labelNames: ['ready'],
        registers,
        collect() {
          this.reset();
          for (const application of read().applications) {
            this.inc({
              ready: application.status?.conditions?.find((entry) => entry.type === 'Ready')?.status ?? 'Unknown',
            });
          }
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
}
