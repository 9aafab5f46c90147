import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { listAt } from './read.ts';

/** CEL214 and CEL215: the lists of queues. */
export function queueLists({ workers }: RuleContext): Finding[] {
  return workers.flatMap(({ path, worker }) => {
    const queues = listAt(worker, 'queues');
    const excluded = listAt(worker, 'excludeQueues');
    return [
      ...namesOf(`${path}.queues`, queues),
      ...namesOf(`${path}.excludeQueues`, excluded),
      ...excluded.flatMap((name, index) =>
        typeof name === 'string' && queues.includes(name)
          ? [
              finding(
                'CEL214',
                `${path}.excludeQueues[${index}]`,
                'is listed in queues too, and the exclusion wins',
                'remove it from one of the lists',
              ),
            ]
          : [],
      ),
    ];
  });
}

function namesOf(path: string, list: readonly unknown[]): Finding[] {
  const first = new Map<string, number>();
  return list.flatMap((name, index) => {
    if (typeof name !== 'string') return [];
    const where = `${path}[${index}]`;
    if (name.includes(','))
      return [finding('CEL215', where, 'holds a comma, which separates queues', 'write one list item for each queue')];
    if (name.trim() !== name) return [finding('CEL215', where, 'begins or ends with white space', 'remove it')];
    const earlier = first.get(name);
    first.set(name, earlier ?? index);
    return earlier === undefined
      ? []
      : [finding('CEL214', where, `names the same queue as ${path}[${earlier}]`, 'remove one of them')];
  });
}
