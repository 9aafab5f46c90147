/** Source: kombu 5.3 to 5.7, `kombu.transport.TRANSPORT_ALIASES` (scheme → transport). */
const TRANSPORTS: { readonly [scheme: string]: string } = {
  amqp: 'amqp',
  amqps: 'amqp',
  pyamqp: 'amqp',
  librabbitmq: 'amqp',
  redis: 'redis',
  rediss: 'redis',
  sentinel: 'sentinel',
  SQS: 'sqs',
  sqs: 'sqs',
  mongodb: 'mongodb',
  zookeeper: 'zookeeper',
  sqlalchemy: 'sqlalchemy',
  sqla: 'sqlalchemy',
  SLMQ: 'slmq',
  slmq: 'slmq',
  filesystem: 'filesystem',
  memory: 'memory',
  qpid: 'qpid',
  consul: 'consul',
  etcd: 'etcd',
  azurestoragequeues: 'azurestoragequeues',
  azureservicebus: 'azureservicebus',
  pyro: 'pyro',
  gcpubsub: 'gcpubsub',
  confluentkafka: 'kafka',
  kafka: 'kafka',
  pgmq: 'pgmq',
};

/** Schemes that some supported kombu knows. */
export const SCHEMES = Object.keys(TRANSPORTS);

/** A scheme that is a Python path names the image's own transport class. */
export const isCustomScheme = (scheme: string): boolean => scheme.includes('.');

/**
 * kombu's transport for a scheme: redis for redis and rediss, amqp for pyamqp, "sqlalchemy" for sqla+postgresql;
 * the scheme itself for a custom transport (my.module.Transport); undefined for an unknown one.
 */
export function transportOf(scheme: string): string | undefined {
  if (isCustomScheme(scheme)) return scheme;
  const base = scheme.split('+', 1)[0] ?? '';
  return Object.hasOwn(TRANSPORTS, base) ? TRANSPORTS[base] : undefined;
}

/**
 * Transports whose `implements.exchange_type` lacks "fanout", so that workers have no mailbox and `celery inspect` can
 * never be answered. Source: kombu 5.7.0, celery/worker/consumer/control.py (include_if).
 */
const WITHOUT_FANOUT = new Set([
  'sqs',
  'azureservicebus',
  'azurestoragequeues',
  'kafka',
  'consul',
  'etcd',
  'zookeeper',
  'sqlalchemy',
  'slmq',
  'pyro',
]);

/** Whether workers on this transport answer `celery inspect ping`. True for transports we do not know. */
export function supportsRemoteControl(transport: string): boolean {
  return !WITHOUT_FANOUT.has(transport);
}

/**
 * Whether a broker has the fanout exchanges that remote control needs, as far as its URL tells.
 * @param url undefined where a Secret holds it: then its transport is not known here, and most have them
 */
export function hasMailbox(url: string | undefined): boolean {
  const scheme = /^([A-Za-z][A-Za-z0-9+._-]*):\/\//.exec(url ?? '')?.[1];
  const transport = scheme === undefined ? undefined : transportOf(scheme);
  return transport === undefined || supportsRemoteControl(transport);
}
