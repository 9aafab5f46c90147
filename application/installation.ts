import type { PodDefaults } from './pod-defaults.ts';

/** What the operator's own installation offers; the same for all applications. */
export interface Installation {
  /** For every pod of every application, weaker than anything the application says. */
  readonly defaults?: PodDefaults;
  /** Kind of the chart's broker, where broker.enabled=true. */
  readonly bundledBroker?: 'redis' | 'rabbitmq';
}
