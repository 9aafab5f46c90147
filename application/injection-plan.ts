import { SETTINGS_MODULE } from './names.ts';
import type { PingProbe } from './resolve.ts';

/** A value in the clear, or a key of a Secret in the pod's own namespace. */
export type ValueSource =
  | { readonly value: string }
  | { readonly secretKeyRef: { readonly name: string; readonly key: string } };

/**
 * What injection adds to a pod, as stored in its ConfigMap (`plan.json`). A closed vocabulary, never a patch:
 * whoever can write ConfigMaps can at most choose among these.
 */
export interface InjectionPlan {
  readonly format: 1;
  readonly application: string;
  /** worker, beat: the container named "celery", with liveness. client: a user's own pod, all containers, never liveness. */
  readonly component: 'worker' | 'client' | 'beat';
  /** Value of CONFIG_MODULE. CELERY_CONFIG is set only beside it: Celery's CLI reads CELERY_CONFIG as a module name unless CONFIG_MODULE says otherwise (5.3-5.7). */
  readonly configModule?: 'celeryconfig' | typeof SETTINGS_MODULE;
  readonly brokerUrl?: ValueSource;
  readonly resultBackend?: ValueSource;
  readonly ping?: PingProbe & {
    /** What stands before the "@" of the Celery node name. */
    readonly node: string;
  };
  /** Liveness of beat by a file: the agent's, which holds the time of the next tick, or the schedule database itself. */
  readonly beatFile?: PingProbe & {
    readonly kind: 'tick' | 'schedule';
    readonly path: string;
    readonly maxAgeSeconds: number;
  };
  /** The scheduler that the agent's stand-in makes. */
  readonly scheduler?: string;
}

/**
 * Reads a plan back and checks all of it: the text may come from a ConfigMap that somebody else wrote.
 * @param json the text of `plan.json`
 * @throws Error with a sentence that names what is wrong
 */
export function parsePlan(json: string): InjectionPlan {
  const plan: unknown = JSON.parse(json);
  if (!isRecord(plan)) throw new Error('plan.json is not an object');
  if (plan.format !== 1)
    throw new Error(`plan.json has format ${JSON.stringify(plan.format)}; this operator reads format 1`);
  const { application, component, configModule, brokerUrl, resultBackend, ping, beatFile, scheduler } = plan;
  if (typeof application !== 'string') throw new Error('plan.json names no application');
  if (component !== 'worker' && component !== 'client' && component !== 'beat')
    throw new Error('plan.json names no known component');
  if (scheduler !== undefined && typeof scheduler !== 'string')
    throw new Error('plan.json has an unreadable scheduler');
  if (configModule !== undefined && configModule !== 'celeryconfig' && configModule !== SETTINGS_MODULE) {
    throw new Error('plan.json names an unknown configModule');
  }
  return {
    format: 1,
    application,
    component,
    ...(configModule === undefined ? {} : { configModule }),
    ...(brokerUrl === undefined ? {} : { brokerUrl: valueSource(brokerUrl, 'brokerUrl') }),
    ...(resultBackend === undefined ? {} : { resultBackend: valueSource(resultBackend, 'resultBackend') }),
    ...(ping === undefined ? {} : { ping: pingOf(ping) }),
    ...(beatFile === undefined ? {} : { beatFile: beatFileOf(beatFile) }),
    ...(scheduler === undefined ? {} : { scheduler }),
  };
}

function valueSource(source: unknown, field: string): ValueSource {
  if (isRecord(source)) {
    if (typeof source.value === 'string') return { value: source.value };
    const ref = source.secretKeyRef;
    if (isRecord(ref) && typeof ref.name === 'string' && typeof ref.key === 'string') {
      return { secretKeyRef: { name: ref.name, key: ref.key } };
    }
  }
  throw new Error(`plan.json has an unreadable ${field}`);
}

function pingOf(ping: unknown): NonNullable<InjectionPlan['ping']> {
  if (!isRecord(ping) || typeof ping.node !== 'string') throw new Error('plan.json has an unreadable ping');
  return { node: ping.node, ...probeOf(ping, 'ping') };
}

function beatFileOf(file: unknown): NonNullable<InjectionPlan['beatFile']> {
  if (!isRecord(file) || typeof file.path !== 'string' || (file.kind !== 'tick' && file.kind !== 'schedule'))
    throw new Error('plan.json has an unreadable beatFile');
  return {
    ...probeOf(file, 'beatFile'),
    kind: file.kind,
    path: file.path,
    maxAgeSeconds: seconds(file, 'beatFile', 'maxAgeSeconds'),
  };
}

function probeOf(probe: Record<string, unknown>, field: string): PingProbe {
  return {
    periodSeconds: seconds(probe, field, 'periodSeconds'),
    timeoutSeconds: seconds(probe, field, 'timeoutSeconds'),
    failureThreshold: seconds(probe, field, 'failureThreshold'),
    initialDelaySeconds: seconds(probe, field, 'initialDelaySeconds'),
  };
}

function seconds(record: Record<string, unknown>, field: string, name: string): number {
  const value = record[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new Error(`plan.json has an unreadable ${field}.${name}`);
  return value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
