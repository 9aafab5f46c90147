/** How Flower reads an option's value (tornado.options). "file": only a configuration file can set it. */
export type FlowerValue = 'text' | 'integer' | 'number' | 'boolean' | 'numbers' | 'file';

/** One option of `celery flower`; also the environment variable FLOWER_<NAME> and a name in flowerconfig.py. */
export interface FlowerOption {
  /** With underscores; "-" means the same. */
  readonly name: string;
  readonly value: FlowerValue;
  /** Its value is a credential, or holds one. */
  readonly secret?: true;
  /** Tornado's own: no environment variable sets it. */
  readonly tornado?: true;
}

const option = (name: string, value: FlowerValue, more: Partial<FlowerOption> = {}): FlowerOption => ({
  name,
  value,
  ...more,
});

/** Every option of Flower 2.2.0 (flower/options.py) and of the Tornado that parses them (tornado/options.py, log.py). */
export const FLOWER_OPTIONS: readonly FlowerOption[] = [
  option('port', 'integer'),
  option('address', 'text'),
  option('unix_socket', 'text'),
  option('debug', 'boolean'),
  option('inspect_timeout', 'number'),
  option('auth', 'text'),
  option('basic_auth', 'text', { secret: true }),
  option('oauth2_key', 'text'),
  option('oauth2_secret', 'text', { secret: true }),
  option('oauth2_redirect_uri', 'text'),
  option('max_workers', 'integer'),
  option('max_tasks', 'integer'),
  option('db', 'text'),
  option('persistent', 'boolean'),
  option('state_save_interval', 'integer'),
  option('broker_api', 'text', { secret: true }),
  option('ca_certs', 'text'),
  option('certfile', 'text'),
  option('keyfile', 'text'),
  option('xheaders', 'boolean'),
  option('auto_refresh', 'boolean'),
  option('purge_offline_workers', 'integer'),
  option('cookie_secret', 'text', { secret: true }),
  option('conf', 'text'),
  option('enable_events', 'boolean'),
  option('format_task', 'file'),
  option('natural_time', 'boolean'),
  option('tasks_columns', 'text'),
  option('auth_provider', 'text'),
  option('url_prefix', 'text'),
  option('task_runtime_metric_buckets', 'numbers'),
  option('read_only', 'boolean'),
  option('help', 'boolean', { tornado: true }),
  option('logging', 'text', { tornado: true }),
  option('log_to_stderr', 'boolean', { tornado: true }),
  option('log_file_prefix', 'text', { tornado: true }),
  option('log_file_max_size', 'integer', { tornado: true }),
  option('log_file_num_backups', 'integer', { tornado: true }),
  option('log_rotate_when', 'text', { tornado: true }),
  option('log_rotate_interval', 'integer', { tornado: true }),
  option('log_rotate_mode', 'text', { tornado: true }),
];

const byName = new Map(FLOWER_OPTIONS.map((entry) => [entry.name, entry]));

/** The option that a name stands for, "-" and "_" being the same. */
export const flowerOption = (name: string): FlowerOption | undefined => byName.get(name.replaceAll('-', '_'));
