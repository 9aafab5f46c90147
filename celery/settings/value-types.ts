import type { Setting } from './tables.ts';

/** What a JSON value can be called when talking to a person. */
export type Shape = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'list' | 'map';

/** The shape of a JSON value; undefined for what JSON has no word for. */
export function shapeOf(value: unknown): Shape | undefined {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
    case 'number':
      return Number.isInteger(value) ? 'integer' : Number.isFinite(value) ? 'number' : undefined;
    case 'object':
      return 'map';
    default:
      return undefined;
  }
}

const BY_TYPE: { readonly [type: string]: readonly Shape[] } = {
  string: ['string'],
  int: ['integer'],
  float: ['integer', 'number'],
  bool: ['boolean'],
  dict: ['map'],
  list: ['list'],
  tuple: ['list'],
};

/**
 * Where Celery's declared type is narrower than, or different from, what its code reads.
 * Measured or read in Celery 5.3 to 5.7: knowledge of `celery.app.defaults` alone would refuse working applications.
 */
const WIDER: { readonly [name: string]: readonly Shape[] } = {
  accept_content: ['list'],
  beat_cron_starting_deadline: ['integer', 'number'],
  // A list of URLs is a failover list.
  broker_url: ['string', 'list'],
  broker_read_url: ['string', 'list'],
  broker_write_url: ['string', 'list'],
  broker_heartbeat: ['integer', 'number'],
  broker_heartbeat_checkrate: ['integer', 'number'],
  broker_use_ssl: ['boolean', 'map'],
  cassandra_auth_kwargs: ['map', 'string'],
  cassandra_port: ['integer', 'string'],
  cassandra_servers: ['list', 'string'],
  // Celery wraps a single word into a list.
  imports: ['list', 'string'],
  include: ['list', 'string'],
  redis_backend_use_ssl: ['map', 'boolean'],
  redis_password: ['string', 'integer'],
  result_backend_max_retries: ['integer', 'number', 'string'],
  task_default_delivery_mode: ['string', 'integer'],
  task_default_priority: ['integer'],
  task_default_rate_limit: ['string', 'integer', 'number'],
  worker_concurrency: ['integer'],
  worker_redirect_stdouts_level: ['string', 'integer'],
};

/** Shapes a setting takes besides null, which every setting takes as "not set"; undefined: any. */
export function shapesOf(setting: Setting): readonly Shape[] | undefined {
  return WIDER[setting.name] ?? BY_TYPE[setting.type];
}

const ARTICLES: { readonly [shape in Shape]: string } = {
  null: 'null',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  list: 'a list',
  map: 'a map',
};

/** "an integer or a string": what is expected, in words. */
export function inWords(shapes: readonly Shape[]): string {
  const named = shapes.includes('number') ? shapes.filter((shape) => shape !== 'integer') : shapes;
  return named.map((shape) => ARTICLES[shape]).join(' or ');
}

/** "a string": what was given, in words, never the value itself. */
export function shapeInWords(shape: Shape): string {
  return shape === 'boolean' ? 'a boolean' : ARTICLES[shape];
}
