import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { isMap, mapAt, member } from './read.ts';

/** A number of pods, or a percentage of them, as text; undefined where it is neither. */
function amount(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? String(value) : undefined;
  return typeof value === 'string' && /^\d{1,3}%$/.test(value) ? value : undefined;
}

const isNothing = (value: unknown): boolean => value === 0 || value === '0%';

/** CEL611: a strategy that Kubernetes refuses. */
export function possibleStrategy({ workers }: RuleContext): Finding[] {
  return workers.flatMap(({ path, worker }) => {
    const strategy = mapAt(worker, 'strategy');
    const rolling = member(strategy, 'rollingUpdate');
    const at = `${path}.strategy.rollingUpdate`;
    if (!isMap(rolling)) return [];
    if (member(strategy, 'type') === 'Recreate')
      return [finding('CEL611', at, 'belongs to type RollingUpdate, and the type is Recreate', 'remove one of them')];
    const unusable = ['maxSurge', 'maxUnavailable'].filter(
      (name) => member(rolling, name) !== undefined && amount(member(rolling, name)) === undefined,
    );
    if (unusable.length > 0) return unusable.map((name) => finding('CEL611', `${at}.${name}`, ...UNUSABLE_AMOUNT));
    return isNothing(member(rolling, 'maxSurge')) && isNothing(member(rolling, 'maxUnavailable'))
      ? [
          finding(
            'CEL611',
            at,
            'allows neither a pod more nor a pod less, so no pod could be replaced',
            'raise one of them',
          ),
        ]
      : [];
  });
}

const UNUSABLE_AMOUNT = ['is neither a number of pods nor a percentage', 'write as in 1 or "25%"'] as const;

/** CEL612: a budget that Kubernetes refuses. CEL613: one that lets no node be drained. */
export function possibleBudget({ workers }: RuleContext): Finding[] {
  return workers.flatMap(({ path, worker }) => {
    const budget = member(worker, 'podDisruptionBudget');
    if (!isMap(budget)) return [];
    const at = `${path}.podDisruptionBudget`;
    const { maxUnavailable, minAvailable } = budget;
    if ((maxUnavailable === undefined) === (minAvailable === undefined)) {
      const problem =
        maxUnavailable === undefined
          ? 'neither maxUnavailable nor minAvailable is set'
          : 'maxUnavailable and minAvailable are set together';
      return [finding('CEL612', at, problem, 'set exactly one of them')];
    }
    const name = maxUnavailable === undefined ? 'minAvailable' : 'maxUnavailable';
    if (amount(budget[name]) === undefined) return [finding('CEL612', `${at}.${name}`, ...UNUSABLE_AMOUNT)];
    return blocksAll(worker, maxUnavailable, minAvailable)
      ? [
          finding(
            'CEL613',
            `${at}.${name}`,
            'lets no pod be evicted, so that no node with one can be drained',
            'leave room for one pod',
          ),
        ]
      : [];
  });
}

function blocksAll(worker: unknown, maxUnavailable: unknown, minAvailable: unknown): boolean {
  if (maxUnavailable !== undefined) return isNothing(maxUnavailable);
  const autoscaling = member(worker, 'autoscaling');
  const replicas = autoscaling === undefined ? (member(worker, 'replicas') ?? 1) : member(autoscaling, 'maxReplicas');
  return (
    minAvailable === '100%' ||
    (typeof minAvailable === 'number' && typeof replicas === 'number' && replicas > 0 && minAvailable >= replicas)
  );
}
