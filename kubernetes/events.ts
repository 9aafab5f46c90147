import type { Event } from 'kubernetes-types/core/v1.d.ts';
import { isNotFound } from './errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { type Log, silent } from './log.ts';
import type { ApiObject } from './object.ts';
import { createRecentMap } from './recent-map.ts';
import { EVENTS } from './resources.ts';
import { createTokenBuckets } from './token-bucket.ts';

/** Tells people, through `kubectl describe`, what happened to an object. */
export interface EventRecorder {
  /**
   * Records without waiting, never throws. The same event again raises the count of the first.
   * @param object with apiVersion, kind and metadata
   * @param reason CamelCase, one word
   */
  event(object: ApiObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Resolves when everything recorded so far was sent or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  /** Such as `celery-operator`. */
  readonly component: string;
  /** Of the component: its pod's name. */
  readonly instance: string;
  readonly log?: Log | undefined;
  /** Wall clock in milliseconds. */
  readonly now?: (() => number) | undefined;
}

interface Sent {
  readonly name: string;
  readonly count: number;
}

/** As client-go's correlator: 25 at once, then one per 5 minutes, for each object. */
const burst = 25;
const refillMs = 300_000;
const maxRemembered = 4096;
const maxWaiting = 256;
const maxMessage = 1024;
const requestTimeoutMs = 10_000;

function shortened(message: string): string {
  return message.length <= maxMessage ? message : `${message.slice(0, maxMessage - 1)}…`;
}

/** A recorder of core/v1 Events. Failures are logged and otherwise ignored: events are a courtesy. */
export function eventRecorder(
  client: Pick<KubernetesClient, 'create' | 'patch'>,
  { component, instance, log = silent, now = Date.now }: EventRecorderOptions,
): EventRecorder {
  const sent = createRecentMap<Sent>(maxRemembered);
  const buckets = createTokenBuckets({ burst, refillMs, maxKeys: maxRemembered });
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function send(event: Event, key: string): Promise<void> {
    const { namespace = 'default', name } = event.metadata;
    const before = sent.get(key);
    const limits = { namespace, timeoutMs: requestTimeoutMs };
    if (before) {
      const count = before.count + 1;
      try {
        const patch = { count, lastTimestamp: event.lastTimestamp };
        await client.patch<Event>(EVENTS, before.name, patch, { type: 'merge', ...limits });
        sent.set(key, { name: before.name, count });
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error; // the server forgets events after an hour
      }
    }
    await client.create<Event>(EVENTS, event, limits);
    sent.set(key, { name: name ?? '', count: 1 });
  }

  return {
    event(object, type, reason, message) {
      const { name = '', namespace, uid, resourceVersion } = object.metadata ?? {};
      const about = JSON.stringify([object.kind, namespace, name, uid]);
      const at = now();
      if (!buckets.take(about, at)) return;
      if (waiting >= maxWaiting) return log('too many events are waiting, one was dropped', { reason });
      const timestamp = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
      const { apiVersion, kind } = object;
      const involvedObject = { apiVersion, kind, name, namespace, uid, resourceVersion };
      const suffix = crypto.getRandomValues(new BigUint64Array(1))[0]?.toString(16).padStart(16, '0');
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name.slice(0, 230)}.${suffix}`, namespace: namespace || 'default' },
        involvedObject,
        type,
        reason,
        message: shortened(message),
        source: { component, host: instance },
        reportingComponent: component,
        reportingInstance: instance,
        firstTimestamp: timestamp,
        lastTimestamp: timestamp,
        count: 1,
      } as Event;
      waiting += 1;
      last = last
        .then(() => send(event, JSON.stringify([about, type, reason, event.message])))
        .catch((error) => log('an event could not be recorded', { reason, error }))
        .finally(() => {
          waiting -= 1;
        });
    },
    flush: () => last,
  };
}
