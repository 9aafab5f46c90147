import { pino } from 'pino';
import { runController } from '../../controller/run.ts';
import { createClient } from '../../kubernetes/client.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';

/** The controller in a process of its own, for the benchmark: `node controller-process.ts KUBECONFIG`. */
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const client = createClient(kubeconfigConfig(process.argv[2] ?? ''));
const config = {
  namespace: 'celery-operator',
  identity: 'bench',
  leaseName: 'celery-operator-leader',
  bundledBroker: undefined,
  bundledBrokerSecret: '',
  brokerRegistry: 'celery-operator-broker-databases',
  defaults: {},
  logLevel: 'warn',
  metricsPort: 0,
};
await runController({ config, client, log: pino({ level: 'warn' }) }, stop.signal);
client.close();
