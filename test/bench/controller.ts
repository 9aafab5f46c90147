/**
 * How fast stored applications become children: `node test/bench/controller.ts [applications]`, 1,000 by default.
 * A real API server and etcd on this machine; the anchor is a bare client that writes the same objects, as many at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { CeleryApplication } from '../../application/celery-application.ts';
import { children } from '../../application/children.ts';
import { resolve } from '../../application/resolve.ts';
import { CELERY_APPLICATIONS } from '../../controller/observe.ts';
import { type ApiObject, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES } from '../../kubernetes/client.ts';
import { waitFor } from '../../scripts/local-cluster/index.ts';
import { type Server, serverWithCrd } from '../integration/running-controller.ts';

const COUNT = Number(process.argv[2] ?? 1000);
const AT_ONCE = 8;

const application = (index: number, namespace: string): CeleryApplication & ApiObject => ({
  apiVersion: 'celeryproject.org/v1beta1',
  kind: 'CeleryApplication',
  metadata: { name: `app-${index}`, namespace },
  spec: { image: 'shop:1', app: 'shop', broker: { url: 'redis://redis:6379/0' }, config: { task_acks_late: true } },
});

async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const started = Date.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return (Date.now() - started) / 1000;
}

async function bareClient(server: Server): Promise<number> {
  return inParallel(COUNT, async (index) => {
    const stored = application(index, 'bare');
    const { configMaps, workloads } = children(resolve({ ...stored, metadata: { ...stored.metadata, uid: 'u' } }));
    const unowned = <Value extends { metadata?: object }>(object: Value): Value & ApiObject =>
      ({ ...object, metadata: { ...object.metadata, ownerReferences: [] } }) as Value & ApiObject;
    for (const configMap of configMaps) await server.client.create(CONFIG_MAPS, unowned(configMap));
    for (const deployment of workloads)
      await server.client.apply(DEPLOYMENTS, unowned(deployment), { fieldManager: 'bare', force: true });
    // The status, which the controller writes too.
    await server.client.patch(
      CELERY_APPLICATIONS,
      stored.metadata.name ?? '',
      { status: { readyWorkers: '0/1', conditions: [] } },
      { namespace: 'own', type: 'merge', subresource: 'status' },
    );
  });
}

const server = await serverWithCrd();
try {
  for (const name of ['bare', 'own'])
    await server.client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as ApiObject);
  await inParallel(COUNT, (index) => server.client.create(CELERY_APPLICATIONS, application(index, 'own')));
  const bare = await bareClient(server);
  console.log(`bare client: ${COUNT} applications, ${COUNT * 4} writes in ${bare.toFixed(1)} s`);

  const started = Date.now();
  const controller = spawn(
    process.execPath,
    [`${import.meta.dirname}/controller-process.ts`, server.plane.adminKubeconfig],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const made = async (): Promise<number> =>
    (await server.client.list(DEPLOYMENTS, { namespace: 'own', limit: 1 })).items.length === 0
      ? 0
      : (await server.client.list(DEPLOYMENTS, { namespace: 'own' })).items.length;
  await waitFor('the children', 600_000, async () => (await made()) === COUNT, 250);
  const took = (Date.now() - started) / 1000;
  const status = readFileSync(`/proc/${controller.pid}/status`, 'utf8');
  const resident = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  console.log(
    `controller (from its start, run as TypeScript): ${took.toFixed(1)} s, ${(took / bare).toFixed(2)} x the bare client`,
  );
  console.log(`controller resident ${resident.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB`);

  const latencies: number[] = [];
  for (let round = 0; round < 20; round++) {
    const name = `app-${(round * 37) % COUNT}`;
    const edit = { spec: { workers: [{ name: 'default', replicas: round + 2 }] } };
    const before = performance.now();
    await server.client.patch(CELERY_APPLICATIONS, name, edit, { namespace: 'own', type: 'merge' });
    await waitFor(
      'the edit',
      30_000,
      async () => {
        const found = await server.client.get<ApiObject & { spec: { replicas: number } }>(
          DEPLOYMENTS,
          `${name}-worker-default`,
          'own',
        );
        return found?.spec.replicas === round + 2;
      },
      5,
    );
    latencies.push(performance.now() - before);
  }
  latencies.sort((a, b) => a - b);
  console.log(
    `edit → Deployment: median ${latencies[10]?.toFixed(0)} ms, worst of 20 ${latencies.at(-1)?.toFixed(0)} ms`,
  );
  const exited = once(controller, 'exit');
  controller.kill('SIGTERM');
  await exited;
} finally {
  await server.stop();
}
