import type { Pod } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { podProblem } from './pod-problem.ts';

const waiting = (reason: string, message?: string): Pod => ({
  status: {
    containerStatuses: [
      {
        name: 'celery',
        image: 'a',
        imageID: '',
        ready: false,
        restartCount: 3,
        state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
      },
    ],
  },
});

test('a pod that starts has no problem', () => {
  assert.is(podProblem(waiting('ContainerCreating')), undefined);
  assert.is(podProblem({}), undefined);
});

test('an image that cannot be pulled is named', () => {
  assert.is(podProblem(waiting('ErrImagePull', 'no such\n image')), 'ErrImagePull: no such image');
});

test('a crash loop names the last exit and where to look', () => {
  const pod = waiting('CrashLoopBackOff');
  const [status] = pod.status?.containerStatuses ?? [];
  if (status) status.lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  assert.is(
    podProblem(pod),
    'CrashLoopBackOff: container celery restarted 3 times, last exit 137 (OOMKilled); see kubectl logs --previous',
  );
});

test('a pod that fits on no node is named', () => {
  const pod: Pod = {
    status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
  };
  assert.is(podProblem(pod), 'Unschedulable: 0/1 nodes');
});

test('a long message is cut', () => {
  assert.ok((podProblem(waiting('X', 'y'.repeat(5000))) ?? '').length <= 300);
});

test.run();
