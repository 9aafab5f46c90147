import { createHash } from 'node:crypto';
import { GROUP } from '../schemas/celery-application.ts';

/** Every label, annotation, name and path that more than one room has to agree on. */
export const LABELS = {
  application: `${GROUP}/application`,
  pool: `${GROUP}/pool`,
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

export const ANNOTATIONS = {
  /** On a pod: the ConfigMap it is configured from. Pins a version; without it the application's current one is taken. */
  config: `${GROUP}/config`,
  /** On a pod: injection is complete. */
  injected: `${GROUP}/injected`,
  /** On a user's own pod: "Enabled" asks for the Python settings module. */
  agent: `${GROUP}/agent`,
  /** On a user's own pod: comma-separated containers to configure; all without it. */
  containers: `${GROUP}/containers`,
  /** On an application: "true" stops its reconciliation; its children stay as they are, whoever changes them. */
  paused: `${GROUP}/paused`,
  /** On a child that runs pods: digest of the installation's defaults that went into it; absent where there are none. */
  defaults: `${GROUP}/defaults`,
  /** On a child: digest of what was applied last, so that a change of our mind is told from somebody's edit. */
  applied: `${GROUP}/applied`,
} as const;

export const MANAGER = 'celery-operator';
export const CELERY_CONTAINER = 'celery';
export const CONFIG_VOLUME = 'celery-config';
export const CONFIG_DIRECTORY = '/etc/celery';
export const SETTINGS_MODULE = 'celery_operator_settings';

/** The agent's stand-in for beat's scheduler. */
export const BEAT_MODULE = 'celery_operator_beat';
/** What stands before the "@" of beat's node name. */
export const BEAT_NODE = 'celerybeat';
/** Holds beat's schedule database: an emptyDir, a claim, or a volume of this name in the user's pod template. */
export const SCHEDULE_VOLUME = 'schedule';

export type Component = 'worker' | 'client' | 'broker' | 'beat';

/** Labels of one child, as https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ asks. */
export function childLabels(application: string, component: Component, pool?: string): Record<string, string> {
  return {
    [LABELS.name]: 'celery',
    [LABELS.instance]: application,
    [LABELS.component]: component,
    [LABELS.managedBy]: MANAGER,
    [LABELS.application]: application,
    ...(pool === undefined ? {} : { [LABELS.pool]: pool }),
  };
}

export const beatName = (application: string): string => `${application}-beat`;

export const workerName = (application: string, pool: string): string => `${application}-worker-${pool}`;

/**
 * A digest of any JSON value: 32 hex digits (128 bits), equal for equal values whatever the order of their keys.
 * @param value JSON, no cycles
 */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) =>
    node !== null && typeof node === 'object' && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  );
}
