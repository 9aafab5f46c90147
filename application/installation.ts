/** What the operator's own installation offers; the same for all applications. */
export interface Installation {
  /** Kind of the chart's broker, where broker.enabled=true. */
  readonly bundledBroker?: 'redis' | 'rabbitmq';
}
