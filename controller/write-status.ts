import { isDeepStrictEqual } from 'node:util';
import type { CeleryApplication, Status } from '../application/celery-application.ts';
import { MANAGER } from '../application/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isConflict, isNotFound } from '../kubernetes/errors.ts';
import type { EventRecorder } from '../kubernetes/events.ts';
import { API_VERSION, KIND } from '../schemas/celery-application.ts';
import { CELERY_APPLICATIONS } from './observe.ts';
import { REASONS } from './reasons.ts';

/** Writes a status where it differs from what is stored. */
export type StatusWriter = (application: CeleryApplication, next: Status) => Promise<void>;

interface Options {
  readonly client: KubernetesClient;
  readonly events: EventRecorder;
  /** Asks for another reconcile of a key after so many milliseconds. */
  readonly later: (key: string, milliseconds: number) => void;
  readonly now: () => number;
}

/** Counts move many times a second while workers start; people and kubectl wait need them once. */
const PAUSE_MILLISECONDS = 1000;

/** Makes a writer that writes changed conditions at once and mere counts at most once a second for each application. */
export function statusWriter(options: Options): StatusWriter {
  const written = new Map<string, { status: Status; at: number }>();
  return async (application, next) => {
    const { name = '', namespace = '', uid = '' } = application.metadata;
    const key = `${namespace}/${name}`;
    const last = written.get(uid);
    // The cache may not have seen our own last write yet.
    const stored =
      last !== undefined && options.now() - last.at < PAUSE_MILLISECONDS * 5 ? last.status : application.status;
    if (isDeepStrictEqual(stored, next)) return;
    const since = last === undefined ? Number.POSITIVE_INFINITY : options.now() - last.at;
    if (since < PAUSE_MILLISECONDS && isDeepStrictEqual(verdict(stored), verdict(next))) {
      options.later(key, PAUSE_MILLISECONDS - since);
      return;
    }
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace, uid }, status: next };
    try {
      await options.client.apply(CELERY_APPLICATIONS, object, {
        fieldManager: MANAGER,
        force: true,
        subresource: 'status',
      });
    } catch (error) {
      // Deleted, or deleted and made anew: this status belongs to nobody any more.
      if (isNotFound(error) || isConflict(error)) return;
      throw error;
    }
    announce(application, stored, next, options.events);
    if (written.size > 10_000) written.clear();
    written.set(uid, { status: next, at: options.now() });
  };
}

const condition = (status: Status | undefined, type: string) =>
  status?.conditions?.find((entry) => entry.type === type);

function verdict(status: Status | undefined): unknown {
  return [
    status?.observedGeneration,
    status?.clientConfig,
    condition(status, 'Ready')?.status,
    condition(status, 'Ready')?.reason,
  ];
}

function announce(
  application: CeleryApplication,
  before: Status | undefined,
  after: Status,
  events: EventRecorder,
): void {
  const ready = condition(after, 'Ready');
  if (ready === undefined || ready.reason === condition(before, 'Ready')?.reason) return;
  if (ready.reason === REASONS.progressing) return;
  events.event(application, ready.status === 'True' ? 'Normal' : 'Warning', ready.reason, ready.message.slice(0, 1000));
}
