import { supportsRemoteControl } from '../../celery/transports.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext, WorkerContext } from './context.ts';
import { mapAt, member, within } from './read.ts';

/** Pools whose main process answers while tasks run: measured on 5.3 to 5.7. */
const ANSWERING = new Set(['prefork', 'threads']);

/** CEL601: a ping that healthy workers cannot answer. CEL602: one that cannot find the broker. */
export function answerablePing(context: RuleContext): Finding[] {
  return context.workers.flatMap((worker) => {
    if (member(mapAt(worker.worker, 'livenessProbe'), 'type') !== 'Ping') return [];
    const path = `${worker.path}.livenessProbe.type`;
    const reason = silence(worker, context);
    if (reason !== undefined) return [finding('CEL601', path, `Ping cannot work: ${reason}`, 'write None')];
    return within(context.spec, 'broker', 'fromImage') === undefined
      ? []
      : [
          finding(
            'CEL602',
            path,
            'Ping finds the broker only in CELERY_BROKER_URL, which broker.fromImage leaves to the image',
            'make sure that the image or env sets CELERY_BROKER_URL, or write None',
          ),
        ];
  });
}

function silence(worker: WorkerContext, { transport }: RuleContext): string | undefined {
  if (['solo', 'gevent', 'eventlet'].includes(worker.pool) && !ANSWERING.has(worker.pool))
    return `pool ${worker.pool} does not answer while a task keeps it busy`;
  if (worker.settings.worker_enable_remote_control === false) return 'worker_enable_remote_control is false';
  return transport !== undefined && !supportsRemoteControl(transport)
    ? `workers on ${transport.slice(0, 40)} have no mailbox`
    : undefined;
}

/** CEL603: period times threshold must outlast a reconnection. Defaults: 30 s and 3. */
export function patientProbe({ workers }: RuleContext): Finding[] {
  return workers.flatMap(({ path, worker }) => {
    const probe = mapAt(worker, 'livenessProbe');
    const period = member(probe, 'periodSeconds') ?? 30;
    const threshold = member(probe, 'failureThreshold') ?? 3;
    if (member(probe, 'type') === 'None' || typeof period !== 'number' || typeof threshold !== 'number') return [];
    return period * threshold >= 90
      ? []
      : [
          finding(
            'CEL603',
            `${path}.livenessProbe`,
            `a worker is restarted after ${period * threshold} s of silence`,
            'make periodSeconds times failureThreshold at least 90',
          ),
        ];
  });
}
