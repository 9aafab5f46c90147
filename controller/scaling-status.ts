import { type ChildObject, childKey } from '../application/child-object.ts';
import { workerName } from '../application/names.ts';
import type { ScalingState } from './handover.ts';
import { REASONS, type Reason } from './reasons.ts';

/** The Autoscaling condition of an application. */
export interface ScalingVerdict {
  readonly ok: boolean;
  readonly reason: Reason;
  readonly message: string;
}

interface ReportedCondition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

const LONGEST = 2000;

/**
 * Sums up how the autoscalers of all pools do: what hinders us from setting one up, else what it says of itself.
 * @returns undefined where no pool has one
 */
export function scalingVerdict(
  application: string,
  scaling: readonly ScalingState[],
  observed: ReadonlyMap<string, ChildObject>,
): ScalingVerdict | undefined {
  if (scaling.length === 0) return undefined;
  const problems = scaling.flatMap((state) => {
    if (state.hindrance !== undefined) return [state.hindrance];
    if (state.kind === undefined) return [];
    const object = observed.get(childKey(state.kind, workerName(application, state.pool)));
    const message = complaint(object);
    return message === undefined
      ? []
      : [{ reason: REASONS.autoscalerNotReady, message: `pool ${state.pool}: ${message}` }];
  });
  const [first] = problems;
  if (first === undefined)
    return {
      ok: true,
      reason: REASONS.scaling,
      message: scaling.length === 1 ? '1 pool is scaled' : `${scaling.length} pools are scaled`,
    };
  const message = [...new Set(problems.map((problem) => problem.message))].join('; ');
  return { ok: false, reason: first.reason, message: message.slice(0, LONGEST) };
}

/** The same while the application is suspended: autoscalers rest, so what they say of themselves means nothing. */
export function resting(scaling: readonly ScalingState[]): ScalingVerdict | undefined {
  if (scaling.length === 0) return undefined;
  return {
    ok: false,
    reason: REASONS.suspended,
    message: 'spec.suspend is true: no pool is scaled until it is removed',
  };
}

/** What an autoscaler says is wrong with it; undefined: nothing. */
function complaint(object: ChildObject | undefined): string | undefined {
  const status = object?.status as { readonly conditions?: readonly ReportedCondition[] } | undefined;
  const conditions = status?.conditions ?? [];
  if (object?.kind === 'ScaledObject') {
    const ready = conditions.find(({ type }) => type === 'Ready');
    if (ready === undefined || ready.status === 'Unknown') return 'KEDA has not looked at its ScaledObject yet';
    if (ready.status === 'False') return said('its ScaledObject is not ready', ready);
    const fallback = conditions.find(({ type, status: state }) => type === 'Fallback' && state === 'True');
    return fallback === undefined ? undefined : said('KEDA cannot read the queues and falls back', fallback);
  }
  const failed = conditions.find(
    ({ type, status: state, reason }) =>
      (type === 'AbleToScale' || type === 'ScalingActive') && state === 'False' && reason !== 'ScalingDisabled',
  );
  return failed === undefined ? undefined : said('its HorizontalPodAutoscaler cannot scale', failed);
}

const said = (what: string, { reason, message }: ReportedCondition): string =>
  [what, reason, message].filter((part) => part !== undefined && part !== '').join(': ');
