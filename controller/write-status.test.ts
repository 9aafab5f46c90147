import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Status } from '../application/celery-application.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { statusWriter } from './write-status.ts';

const application: CeleryApplication = {
  metadata: { name: 'shop', namespace: 'n', uid: 'u' },
  spec: { image: 'a', broker: {} },
};

function status(reason: string, readyWorkers: string): Status {
  const ready = reason === 'WorkersReady' ? 'True' : 'False';
  return {
    observedGeneration: 1,
    readyWorkers,
    conditions: [{ type: 'Ready', status: ready, reason, message: '', lastTransitionTime: 't' }],
  };
}

function writer() {
  const written: string[] = [];
  const events: string[] = [];
  const later: number[] = [];
  const clock = { now: 1_000_000 };
  const write = statusWriter({
    client: {
      apply: async (_resource: unknown, object: { status: Status }) => {
        written.push(object.status.readyWorkers ?? '');
        return object;
      },
    } as unknown as KubernetesClient,
    events: { event: (_object, type, reason) => events.push(`${type} ${reason}`), flush: async () => {} },
    later: (_key, milliseconds) => later.push(milliseconds),
    now: () => clock.now,
  });
  return { write, written, events, later, clock };
}

test('the same status is written once', async () => {
  const { write, written } = writer();
  await write(application, status('WorkersReady', '1/1'));
  await write(application, status('WorkersReady', '1/1'));
  assert.equal(written, ['1/1']);
});

test('mere counts wait, and are asked for again', async () => {
  const { write, written, later, clock } = writer();
  await write(application, status('WorkersProgressing', '0/9'));
  clock.now += 300;
  await write(application, status('WorkersProgressing', '1/9'));
  assert.equal(written, ['0/9']);
  assert.equal(later, [700]);
  clock.now += 700;
  await write(application, status('WorkersProgressing', '2/9'));
  assert.equal(written, ['0/9', '2/9']);
});

test('a changed condition is written at once and told as an event', async () => {
  const { write, written, events } = writer();
  await write(application, status('WorkersProgressing', '0/1'));
  await write(application, status('WorkersReady', '1/1'));
  assert.equal(written, ['0/1', '1/1']);
  assert.equal(events, ['Normal WorkersReady']);
});

test.run();
