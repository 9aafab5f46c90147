import { hostname } from 'node:os';
import type { PodDefaults } from '../application/pod-defaults.ts';

/** Settings of the controller process, from its environment. */
export interface ControllerConfig {
  /** Namespace of the operator. */
  readonly namespace: string;
  /** Who holds the lease: unique for each process. */
  readonly identity: string;
  readonly leaseName: string;
  /** Kind of the bundled broker; undefined: none installed. */
  readonly bundledBroker: 'redis' | 'rabbitmq' | undefined;
  /** Secret of the bundled broker in the operator's namespace; empty: none installed. */
  readonly bundledBrokerSecret: string;
  /** ConfigMap in the operator's namespace that remembers which application has which database. */
  readonly brokerRegistry: string;
  /** For every pod of every application. */
  readonly defaults: PodDefaults;
  readonly logLevel: string;
  readonly metricsPort: number;
}

const LOG_LEVELS: readonly string[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/**
 * Reads NAMESPACE, POD_NAME, LEASE_NAME, BUNDLED_BROKER, BUNDLED_BROKER_SECRET, BROKER_REGISTRY, DEFAULTS (JSON), LOG_LEVEL and METRICS_PORT.
 * @throws Error with one sentence that names the variable
 */
export function readConfig(env: NodeJS.ProcessEnv): ControllerConfig {
  const namespace = env.NAMESPACE ?? '';
  if (namespace === '') throw new Error('NAMESPACE is not set: give the namespace in which the operator runs');
  const logLevel = env.LOG_LEVEL ?? 'info';
  if (!LOG_LEVELS.includes(logLevel))
    throw new Error(`LOG_LEVEL is "${logLevel}": use one of ${LOG_LEVELS.join(', ')}`);
  const metricsPort = Number(env.METRICS_PORT ?? 8081);
  if (!Number.isInteger(metricsPort) || metricsPort < 0 || metricsPort > 65535) {
    throw new Error(`METRICS_PORT is "${env.METRICS_PORT}": use a port number`);
  }
  const bundledBroker = env.BUNDLED_BROKER || undefined;
  if (bundledBroker !== undefined && bundledBroker !== 'redis' && bundledBroker !== 'rabbitmq')
    throw new Error(`BUNDLED_BROKER is "${bundledBroker}": use redis or rabbitmq, or leave it empty`);
  return {
    namespace,
    identity: `${env.POD_NAME ?? hostname()}_${crypto.randomUUID()}`,
    leaseName: env.LEASE_NAME ?? 'celery-operator',
    bundledBroker,
    bundledBrokerSecret: env.BUNDLED_BROKER_SECRET ?? '',
    brokerRegistry: env.BROKER_REGISTRY ?? 'celery-operator-broker-databases',
    defaults: readDefaults(env.DEFAULTS),
    logLevel,
    metricsPort,
  };
}

/** The chart's schema has checked its content. */
function readDefaults(text = '{}'): PodDefaults {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Error('DEFAULTS is not a JSON object: give the chart\'s value "defaults" as JSON');
  return value;
}
