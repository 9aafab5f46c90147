import { parseBrokerUrl } from '../../celery/broker-url.ts';
import type { Finding } from '../finding.ts';
import { kedaBroker } from '../keda-broker.ts';
import { CELERY_CONTAINER } from '../names.ts';
import { finding } from './catalogue.ts';
import type { RuleContext, WorkerContext } from './context.ts';
import { isMap, type JsonMap, listAt, mapAt, member, textAt, within } from './read.ts';

interface Scaled {
  readonly worker: WorkerContext;
  readonly autoscaling: JsonMap;
  /** spec.workers[0].autoscaling */
  readonly path: string;
}

function scaled({ workers }: RuleContext): Scaled[] {
  return workers.flatMap((worker) => {
    const autoscaling = member(worker.worker, 'autoscaling');
    return isMap(autoscaling) ? [{ worker, autoscaling, path: `${worker.path}.autoscaling` }] : [];
  });
}

/** CEL801: what the CRD's own rules refuse too (schemas/autoscaling.ts), for the command line and for stored objects. */
export function possibleAutoscaling(context: RuleContext): Finding[] {
  return scaled(context).flatMap(({ autoscaling, path }) => {
    const found: Finding[] = [];
    const least = member(autoscaling, 'minReplicas');
    const most = member(autoscaling, 'maxReplicas');
    if (typeof least === 'number' && typeof most === 'number' && least > most)
      found.push(
        finding('CEL801', `${path}.minReplicas`, 'is above maxReplicas', 'raise maxReplicas or lower minReplicas'),
      );
    const outside = member(autoscaling, 'queueLength') !== undefined || listAt(autoscaling, 'triggers').length > 0;
    const resources = ['cpu', 'memory'].some((name) => member(autoscaling, name) !== undefined);
    if (!outside && !resources)
      found.push(finding('CEL801', path, 'does not say what to scale by', 'set queueLength, cpu, memory or triggers'));
    else if (least === 0 && !outside)
      found.push(
        finding(
          'CEL801',
          `${path}.minReplicas`,
          'is 0, and nothing would start the first pod: where no pod runs, no CPU and no memory is used',
          'write 1 or more, or set queueLength or a trigger',
        ),
      );
    const memory = member(autoscaling, 'memory');
    if (
      isMap(memory) &&
      (member(memory, 'averageUtilization') !== undefined) === (member(memory, 'averageValue') !== undefined)
    )
      found.push(
        finding(
          'CEL801',
          `${path}.memory`,
          'does not hold exactly one of averageUtilization and averageValue',
          'keep one of them',
        ),
      );
    return found;
  });
}

/** CEL802: a broker whose queues KEDA cannot read. What a Secret holds is looked at by the controller. */
export function readableQueues(context: RuleContext): Finding[] {
  const problem = unreadable(context);
  if (problem === undefined) return [];
  return scaled(context).flatMap(({ autoscaling, path }) =>
    member(autoscaling, 'queueLength') === undefined
      ? []
      : [
          finding(
            'CEL802',
            `${path}.queueLength`,
            problem,
            'use cpu, memory or a trigger instead, or a Redis, Sentinel or RabbitMQ that other pods reach too',
          ),
        ],
  );
}

function unreadable({ spec }: RuleContext): string | undefined {
  const broker = member(spec, 'broker');
  if (within(broker, 'fromImage') !== undefined) return 'cannot be read: broker.fromImage tells the operator no broker';
  const url = textAt(broker, 'url');
  if (url === undefined || 'problem' in parseBrokerUrl(url)) return undefined;
  return kedaBroker(url, mapAt(spec, 'config'), 'default') === undefined
    ? 'cannot be read by KEDA on this broker'
    : undefined;
}

/** CEL803: KEDA's formula, which sums the queues, leaves other metrics from outside the pods out. */
export function triggersBesideQueues(context: RuleContext): Finding[] {
  return scaled(context).flatMap(({ autoscaling, path }) =>
    member(autoscaling, 'queueLength') === undefined
      ? []
      : listAt(autoscaling, 'triggers').flatMap((trigger, index) => {
          const type = textAt(trigger, 'type');
          if (type === undefined || type === 'cpu' || type === 'memory') return [];
          return [
            finding(
              'CEL803',
              `${path}.triggers[${index}]`,
              'would not count beside queueLength, which KEDA computes by a formula of its own',
              'remove it, or remove queueLength and write the queues as triggers',
            ),
          ];
        }),
  );
}

/** CEL804: use in per cent of a request that nobody made. A LimitRange may make it, so this is no error. */
export function requestedResources(context: RuleContext): Finding[] {
  return scaled(context).flatMap(({ worker, autoscaling, path }) =>
    (['cpu', 'memory'] as const).flatMap((resource) => {
      if (within(autoscaling, resource, 'averageUtilization') === undefined) return [];
      const sources = [
        member(worker.worker, 'resources'),
        ...[worker.worker, context.spec].map((holder) =>
          within(
            listAt(holder, 'podTemplate', 'spec', 'containers').find((one) => textAt(one, 'name') === CELERY_CONTAINER),
            'resources',
          ),
        ),
      ];
      // A limit alone is taken for the request too.
      const stated = sources.some((source) =>
        ['requests', 'limits'].some((kind) => within(source, kind, resource) !== undefined),
      );
      return stated
        ? []
        : [
            finding(
              'CEL804',
              `${path}.${resource}.averageUtilization`,
              `is in per cent of a ${resource} request, and the worker makes none`,
              `write ${worker.path}.resources.requests.${resource}, unless a LimitRange of the namespace supplies it`,
            ),
          ];
    }),
  );
}

/** CEL805: queues that nobody named. */
export function statedQueues(context: RuleContext): Finding[] {
  return scaled(context).flatMap(({ worker, autoscaling, path }) => {
    if (member(autoscaling, 'queueLength') === undefined || listAt(worker.worker, 'queues').length > 0) return [];
    return [
      finding(
        'CEL805',
        `${path}.queueLength`,
        'counts the default queue alone, while the worker consumes whatever task_queues names',
        `list the queues in ${worker.path}.queues`,
      ),
    ];
  });
}

/** CEL806: a number that is not applied. */
export function replicasBesideAutoscaling(context: RuleContext): Finding[] {
  return scaled(context).flatMap(({ worker }) =>
    member(worker.worker, 'replicas') === undefined
      ? []
      : [
          finding(
            'CEL806',
            `${worker.path}.replicas`,
            'is not applied while autoscaling is set',
            'remove it; autoscaling.minReplicas and maxReplicas say how many pods there may be',
          ),
        ],
  );
}
