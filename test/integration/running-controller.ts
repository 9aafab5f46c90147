import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { parse } from 'yaml';
import type { PodDefaults } from '../../application/pod-defaults.ts';
import { runController } from '../../controller/run.ts';
import {
  type ApiObject,
  CUSTOM_RESOURCE_DEFINITIONS,
  createClient,
  type KubernetesClient,
  NAMESPACES,
} from '../../kubernetes/client.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';
import { type ControlPlane, controlPlane, waitFor } from '../../scripts/local-cluster/index.ts';

/** A real API server with our CRD, and a client of its administrator. */
export interface Server {
  readonly plane: ControlPlane;
  readonly client: KubernetesClient;
  stop(): Promise<void>;
}

/** Starts one; it has no kubelet and no controllers but ours. */
export async function serverWithCrd(): Promise<Server> {
  const plane = await controlPlane();
  const client = createClient(kubeconfigConfig(plane.adminKubeconfig));
  const crd = parse(readFileSync(join(import.meta.dirname, '../../chart/files/crd.yaml'), 'utf8')) as ApiObject;
  await client.apply(CUSTOM_RESOURCE_DEFINITIONS, crd, { fieldManager: 'test' });
  await client.apply(
    NAMESPACES,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'celery-operator' } } as ApiObject,
    { fieldManager: 'test' },
  );
  await waitFor('the CRD to be served', 30_000, async () =>
    client.read('/apis/celeryproject.org/v1beta1/celeryapplications').then((list) => list !== undefined),
  );
  return {
    plane,
    client,
    stop: async () => {
      client.close();
      await plane.stop();
    },
  };
}

/** A controller that runs. */
export interface RunningController {
  /** Ends it as SIGTERM does. */
  stop(): Promise<void>;
}

/** Starts the controller against a server, as one replica of that name, with the defaults of its installation. */
export function startController(server: Server, identity = 'one', defaults: PodDefaults = {}): RunningController {
  const stop = new AbortController();
  const client = createClient(kubeconfigConfig(server.plane.adminKubeconfig));
  const config = {
    namespace: 'celery-operator',
    identity,
    leaseName: 'celery-operator-leader',
    bundledBroker: undefined,
    bundledBrokerSecret: '',
    brokerRegistry: 'celery-operator-broker-databases',
    defaults,
    logLevel: process.env.TEST_LOG ?? 'silent',
    metricsPort: 0,
  };
  const ended = runController({ config, client, log: pino({ level: config.logLevel }) }, stop.signal);
  return {
    stop: async () => {
      stop.abort();
      await ended;
      client.close();
    },
  };
}
