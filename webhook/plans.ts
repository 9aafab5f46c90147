import { type InjectionPlan, parsePlan } from '../application/injection-plan.ts';
import { LABELS } from '../application/names.ts';
import { inFlightOnce, withSignal } from './once.ts';
import { RETRY, Unavailable } from './unavailable.ts';

/** The part of a ConfigMap that holds a plan. */
export interface PlanConfigMap {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Plans {
  /** The plan if it is at hand and belongs to the application: no waiting. */
  known(namespace: string, configMap: string, application: string): InjectionPlan | undefined;
  /**
   * The plan, from the API server.
   * @throws Unavailable where there is no such plan for this application, or the API server does not answer
   */
  read(namespace: string, configMap: string, application: string, signal: AbortSignal): Promise<InjectionPlan>;
}

interface Entry {
  readonly application: string;
  readonly plan: InjectionPlan;
}

/** About 2 KiB each. */
const MOST = 2000;

/**
 * Reads injection plans and keeps those of immutable ConfigMaps: their names hold a digest of their content, so an entry never grows old.
 * The least recently used ones go when there are too many.
 * @param get reads one ConfigMap; undefined when there is none
 */
export function createPlans(
  get: (namespace: string, name: string) => Promise<PlanConfigMap | undefined>,
  most: number = MOST,
): Plans {
  const entries = new Map<string, Entry>();
  const once = inFlightOnce<PlanConfigMap | undefined>();
  const keyOf = (namespace: string, configMap: string): string => `${namespace}/${configMap}`;
  return {
    known(namespace, configMap, application) {
      const key = keyOf(namespace, configMap);
      const entry = entries.get(key);
      if (entry?.application !== application) return undefined;
      // A Map iterates in order of insertion: taking an entry out and in again makes it the youngest.
      entries.delete(key);
      entries.set(key, entry);
      return entry.plan;
    },
    async read(namespace, configMap, application, signal) {
      const key = keyOf(namespace, configMap);
      const found = await withSignal(
        once(key, () => get(namespace, configMap)),
        signal,
      ).catch(() => {
        throw new Unavailable(
          `ConfigMap "${configMap}" of the CeleryApplication "${application}" could not be read in time; ${RETRY}`,
        );
      });
      const entry = entryOf(found, configMap, application);
      if (found?.immutable === true) {
        entries.set(key, entry);
        const oldest = entries.keys().next();
        if (entries.size > most && !oldest.done) entries.delete(oldest.value);
      }
      return entry.plan;
    },
  };
}

function entryOf(found: PlanConfigMap | undefined, configMap: string, application: string): Entry {
  const of = `ConfigMap "${configMap}" of the CeleryApplication "${application}"`;
  if (found === undefined)
    throw new Unavailable(
      `${of} does not exist; an annotation celeryproject.org/config on the pod may name one that is gone`,
    );
  if (found.metadata?.labels?.[LABELS.application] !== application) {
    throw new Unavailable(
      `ConfigMap "${configMap}" does not belong to the CeleryApplication "${application}": its label ${LABELS.application} says otherwise`,
    );
  }
  const json = found.data?.['plan.json'];
  if (json === undefined) throw new Unavailable(`${of} has no plan.json: the operator did not make it`);
  let plan: InjectionPlan;
  try {
    plan = parsePlan(json);
  } catch (error) {
    // A SyntaxError of JSON.parse quotes the text, which may hold a URL with a password.
    throw new Unavailable(
      `${of} is unreadable: ${error instanceof SyntaxError || !(error instanceof Error) ? 'plan.json is not JSON' : error.message}`,
    );
  }
  if (plan.application !== application) throw new Unavailable(`${of} holds the plan of another application`);
  return { application, plan };
}
