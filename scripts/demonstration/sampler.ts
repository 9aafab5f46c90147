import { NAMESPACE } from '../installation/release.ts';
import type { Target } from '../installation/target.ts';
import type { Sample } from './picture.ts';

/** Looks at an application each second until it is told to stop. */
export interface Sampler {
  /** Ends it; all that was seen. A look that failed leaves a gap. */
  stop(): Promise<Sample[]>;
}

/**
 * Starts to look at an application on the bundled broker: its waiting messages and its workers.
 * @param application namespace and name
 * @param queue name of the queue to watch
 */
export async function sampler(
  target: Target,
  application: { readonly namespace: string; readonly name: string },
  queue: string,
): Promise<Sampler> {
  const key = `${application.namespace}.${application.name}`.replaceAll('.', '\\.');
  const database = await target.kubectl([
    ...['get', 'configmap', 'celery-operator-broker-databases', '--namespace', NAMESPACE],
    ...['-o', `jsonpath={.data.${key}}`],
  ]);
  const samples: Sample[] = [];
  const started = Date.now();
  let stopped = false;
  const look = async (): Promise<void> => {
    const [length, found] = await Promise.all([
      target.kubectl([
        ...['exec', '--namespace', NAMESPACE, 'celery-operator-broker-0', '--'],
        ...['redis-cli', '-n', database, 'LLEN', queue],
      ]),
      target.kubectl(['get', 'celeryapp', application.name, '--namespace', application.namespace, '-o', 'json']),
    ]);
    const workers: { desiredReplicas?: number; readyReplicas?: number }[] = JSON.parse(found).status?.workers ?? [];
    samples.push({
      seconds: (Date.now() - started) / 1000,
      queued: Number(length),
      desired: workers.reduce((sum, worker) => sum + (worker.desiredReplicas ?? 0), 0),
      ready: workers.reduce((sum, worker) => sum + (worker.readyReplicas ?? 0), 0),
    });
  };
  const running = (async () => {
    while (!stopped) {
      const next = Date.now() + 1000;
      await look().catch(() => {});
      await new Promise((wake) => setTimeout(wake, Math.max(0, next - Date.now())));
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
      return samples;
    },
  };
}
