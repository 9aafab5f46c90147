import type { Installation } from '../installation.ts';

/** The smallest bad case of a rule with its whole message, and the nearest good one. Test data. */
interface Case {
  readonly name: string;
  readonly bad: object;
  readonly says: string;
  readonly good: object;
  readonly installation?: Installation;
  readonly goodInstallation?: Installation;
}

const worker = (fields: object): object => ({ workers: [{ name: 'a', ...fields }] });
const args = (...words: string[]): object => worker({ args: words });
const config = (name: string, value: unknown): object => ({ config: { [name]: value } });
const env = (name: string, value = 'x'): object => ({ env: [{ name, value }] });
const celery = (fields: object): object => ({ podTemplate: { spec: { containers: [{ name: 'celery', ...fields }] } } });
const flower = (fields: object): object => ({ flower: fields });
const OPEN =
  "reaches Flower from outside, and no login is asked: everybody could read tasks' arguments and stop workers; write spec.flower.basicAuthSecretRef; where something else asks for a login, allowUnauthenticated: true [CEL907]";
const scale = (fields: object, more: object = {}): object =>
  worker({ queues: ['a'], autoscaling: { maxReplicas: 5, ...fields }, ...more });
const SCALE = 'spec.workers[0].autoscaling';
const AT = 'spec.workers[0].args[0]';
const TICK = { task: 'shop.tick', schedule: 60 };
/** A beat with one entry. */
const beat = (fields: object, entry: object = TICK): object => ({
  beat: fields,
  config: { beat_schedule: { tick: entry } },
});
const entry = (fields: object): object => beat({}, { task: 'shop.tick', ...fields });
const stored = (schedule: unknown): object => beat({ storage: { size: '100Mi' } }, { task: 'shop.tick', schedule });
const ENTRY = 'spec.config.beat_schedule.tick';

export const CASES: readonly Case[] = [
  {
    name: 'a misspelt field gets a suggestion',
    bad: worker({ replica: 1 }),
    says: 'spec.workers[0].replica: unknown field; write replicas [CEL001]',
    good: worker({ replicas: 1 }),
  },
  {
    name: 'two sources of the broker',
    bad: { broker: { url: 'redis://r/0', fromImage: {} } },
    says: 'spec.broker: url and fromImage are set together; keep one and remove the others [CEL003]',
    good: { broker: { url: 'redis://r/0' } },
  },
  {
    name: 'no source of the result backend',
    bad: { resultBackend: {} },
    says: 'spec.resultBackend: none of url, urlFrom and bundled is set; set exactly one of them [CEL003]',
    good: { resultBackend: { url: 'django-db' } },
  },
  {
    name: 'two pools of one name',
    bad: { workers: [{ name: 'a' }, { name: 'a' }] },
    says: 'spec.workers[1].name: the same name as spec.workers[0]; give every pool a name of its own [CEL004]',
    good: { workers: [{ name: 'a' }, { name: 'b' }] },
  },
  {
    name: 'options in app',
    bad: { app: '-A shop' },
    says: 'spec.app: cannot be imported as a Python module; write the module alone, as in shop.celery:app; options belong in workers[].args [CEL005]',
    good: { app: 'shop' },
  },
  {
    name: 'a file as app',
    bad: { app: 'shop/celery.py' },
    says: 'spec.app: cannot be imported as a Python module; write the module with dots and without ".py", as in shop.celery:app [CEL005]',
    good: { app: 'shop.celery:app' },
  },

  {
    name: 'a misspelt setting',
    bad: config('task_acks_lat', true),
    says: 'spec.config.task_acks_lat: is not a setting of Celery, which would ignore it silently; write task_acks_late [CEL101]',
    good: { config: { task_acks_late: true, redbeat_redis_url: 'redis://r/1', ONCE: {} } },
  },
  {
    name: 'an upper-case setting',
    bad: config('CELERY_ACKS_LATE', true),
    says: 'spec.config.CELERY_ACKS_LATE: is an upper-case name, and Celery refuses to mix those with lower-case ones; write task_acks_late [CEL102]',
    good: config('task_acks_late', true),
  },
  {
    name: 'a setting of a later version',
    bad: { celeryVersion: '5.4', ...config('worker_soft_shutdown_timeout', 9) },
    says: 'spec.config.worker_soft_shutdown_timeout: is not a setting of Celery 5.4: it exists since 5.5; remove it, or run another version of Celery and state that in spec.celeryVersion [CEL103]',
    good: { celeryVersion: '5.5', ...config('worker_soft_shutdown_timeout', 9) },
  },
  {
    name: 'a boolean in quotation marks',
    bad: config('task_acks_late', 'false'),
    says: 'spec.config.task_acks_late: must be true or false, not a string; write true or false without quotation marks [CEL104]',
    good: config('task_acks_late', false),
  },
  {
    name: 'a list of queues',
    bad: worker({ config: { task_queues: ['a'] } }),
    says: 'spec.workers[0].config.task_queues: must be a map, not a list; write a map from queue name to its options, for example {"high": {"routing_key": "high"}} [CEL104]',
    good: worker({ config: { task_queues: { a: {} } } }),
  },
  {
    name: 'an integer that loses digits',
    bad: config('ours', 2 ** 60),
    says: 'spec.config.ours: holds an integer beyond 2^53, which would lose digits; give a plain JSON value, or set it in the application module [CEL105]',
    good: config('ours', 2 ** 50),
  },
  {
    name: 'a setting of some versions where none is stated',
    bad: config('task_repr_maxlevels', 3),
    says: 'spec.config.task_repr_maxlevels: exists only in some supported versions of Celery (since 5.7); state spec.celeryVersion, so that it can be checked against the version in the image [CEL106]',
    good: { celeryVersion: '5.7', ...config('task_repr_maxlevels', 3) },
  },
  {
    name: 'the broker among the settings',
    bad: config('broker_url', 'redis://r/0'),
    says: 'spec.config.broker_url: belongs in spec.broker; move it to spec.broker.url, or better to spec.broker.urlFrom [CEL107]',
    good: config('broker_use_ssl', { ca_certs: '/ca' }),
  },
  {
    name: 'the pool among the settings',
    bad: worker({ config: { worker_pool: 'threads' } }),
    says: 'spec.workers[0].config.worker_pool: the pool is chosen by a field of its own; remove it and write workers[].pool [CEL108]',
    good: worker({ pool: 'threads', concurrency: 2 }),
  },
  {
    name: 'concurrency in two places',
    bad: worker({ concurrency: 2, config: { worker_concurrency: 4 } }),
    says: 'spec.workers[0].config.worker_concurrency: has no effect beside concurrency; remove it [CEL109]',
    good: { config: { worker_concurrency: 4 }, ...worker({ concurrency: 2 }) },
  },
  {
    name: 'a password among the settings',
    bad: config('redis_password', 'x'),
    says: 'spec.config.redis_password: is a secret in plain text; set it in the application module from an environment variable, and that with env[].valueFrom.secretKeyRef [CEL110]',
    good: config('security_key', '/etc/key.pem'),
  },
  {
    name: 'eager tasks',
    bad: config('task_always_eager', true),
    says: 'spec.config.task_always_eager: tasks would never reach a worker; remove it; it is meant for tests [CEL111]',
    good: config('task_always_eager', false),
  },
  {
    name: 'no retries',
    bad: config('broker_connection_retry', false),
    says: 'spec.config.broker_connection_retry: workers end when the broker is away for a moment; remove it, or set it to true [CEL112]',
    good: config('broker_connection_max_retries', null),
  },
  {
    name: 'poison tasks',
    bad: config('task_reject_on_worker_lost', true),
    says: 'spec.config.task_reject_on_worker_lost: a task that kills its worker comes back for ever; make sure that the broker limits redelivery, or remove it [CEL113]',
    good: config('task_reject_on_worker_lost', false),
  },
  {
    name: 'unbounded prefetch',
    bad: config('worker_prefetch_multiplier', 0),
    says: 'spec.config.worker_prefetch_multiplier: one worker takes the whole queue into memory; set it to 1 or more [CEL114]',
    good: config('worker_prefetch_multiplier', 1),
  },

  {
    name: '-A behind worker',
    bad: args('-A', 'shop'),
    says: `${AT}: -A cannot stand behind "worker"; remove it and write spec.app [CEL201]`,
    good: { app: 'shop' },
  },
  {
    name: 'a global option behind worker',
    bad: args('--broker=redis://r'),
    says: `${AT}: --broker is an option of celery itself and cannot stand behind "worker"; remove it; the broker belongs in spec.broker, settings in config [CEL201]`,
    good: args(),
  },
  {
    name: '--purge',
    bad: args('--purge'),
    says: `${AT}: --purge deletes every waiting task each time a pod starts; remove it; to empty a queue once, run \`celery purge\` by hand [CEL202]`,
    good: args('-E'),
  },
  {
    name: 'beat inside a worker, in a cluster of letters',
    bad: args('-EB'),
    says: `${AT}: -B starts a scheduler in every pod of the pool, and each sends every periodic task; remove it and write spec.beat: {}, which runs exactly one [CEL202]`,
    good: args('-E'),
  },
  {
    name: 'a node name',
    bad: args('-n', 'x@%h'),
    says: `${AT}: -n renames the node, and the liveness probe asks for the name that the operator gave; remove it; the node is called <pool>@<pod> [CEL202]`,
    good: args('--statedb', '/tmp/x'),
  },
  {
    name: 'an option whose field is set',
    bad: worker({ concurrency: 4, args: ['-c4'] }),
    says: `${AT}: -c contradicts concurrency; remove it, spec.workers[0].concurrency says it [CEL203]`,
    good: worker({ concurrency: 4 }),
  },
  {
    name: 'an option that has a field',
    bad: args('--queues', 'a'),
    says: `${AT}: --queues is passed by the operator too; remove it and write spec.workers[0].queues [CEL203]`,
    good: worker({ queues: ['a'] }),
  },
  {
    name: 'an option twice',
    bad: args('--time-limit=9', '--time-limit', '8'),
    says: 'spec.workers[0].args[1]: --time-limit is given twice, first in args[0]; keep one of them [CEL204]',
    good: args('--time-limit=9', '--soft-time-limit', '8'),
  },
  {
    name: 'an unusable value',
    bad: args('--max-tasks-per-child=many'),
    says: `${AT}: --max-tasks-per-child must be an integer; correct the value; \`celery worker --help\` names what it takes [CEL205]`,
    good: args('--max-tasks-per-child=$(MANY)'),
  },
  {
    name: 'a misspelt option',
    bad: args('--max-task-per-child=9'),
    says: `${AT}: --max-task-per-child is not an option of celery worker; write --max-tasks-per-child [CEL206]`,
    good: args('--max-tasks-per-child=9'),
  },
  {
    name: 'option and value in one word',
    bad: args('--time-limit 9'),
    says: `${AT}: --time-limit and its value are one word, which Celery does not split; write --time-limit=<value>, or two list items [CEL206]`,
    good: args('--time-limit', '9'),
  },
  {
    name: 'an option that the application may add',
    bad: args('--tenant=blue'),
    says: `${AT}: --tenant is not an option of celery worker; remove it unless the application adds it (app.user_options) [CEL207]`,
    good: args(),
  },
  {
    name: 'an option of a later version',
    bad: { celeryVersion: '5.5', ...args('--disable-prefetch') },
    says: `${AT}: --disable-prefetch does not exist in Celery 5.5; remove it, or run Celery 5.6 or later and state that in spec.celeryVersion [CEL208]`,
    good: { celeryVersion: '5.6', ...args('--disable-prefetch') },
  },
  {
    name: 'a pid file',
    bad: args('--pidfile=/run/x'),
    says: `${AT}: --pidfile is for daemons; remove it; Kubernetes collects logs and sets the user [CEL209]`,
    good: args(),
  },
  {
    name: 'autoscaling inside the pod',
    bad: args('--autoscale=4,1'),
    says: `${AT}: --autoscale changes the concurrency inside the pod; prefer a fixed concurrency and more replicas [CEL210]`,
    good: worker({ concurrency: 4 }),
  },
  {
    name: 'no prefetch on RabbitMQ',
    bad: { broker: { url: 'amqp://r' }, ...args('--disable-prefetch') },
    says: `${AT}: --disable-prefetch works with Redis only; remove it and set worker_prefetch_multiplier: 1 in config [CEL211]`,
    good: args('--disable-prefetch'),
  },
  {
    name: 'an option the pool ignores',
    bad: worker({ pool: 'threads', concurrency: 2, args: ['--max-tasks-per-child=9'] }),
    says: `${AT}: --max-tasks-per-child has no effect in pool threads; remove it; it works with prefork [CEL212]`,
    good: args('--max-tasks-per-child=9'),
  },
  {
    name: 'concurrency of solo',
    bad: worker({ pool: 'solo', concurrency: 4 }),
    says: 'spec.workers[0].concurrency: has no effect in pool solo, which runs one task at a time; remove it, or choose another pool [CEL212]',
    good: worker({ pool: 'solo', concurrency: 1 }),
  },
  {
    name: 'limits in the wrong order',
    bad: { ...config('task_time_limit', 60), ...args('--soft-time-limit=60') },
    says: `${AT}: the soft time limit (60 s) is not below the hard one (60 s); lower it, so that the task has time to react [CEL213]`,
    good: { ...config('task_time_limit', 60), ...args('--soft-time-limit=59') },
  },
  {
    name: 'a queue twice',
    bad: worker({ queues: ['a', 'a'] }),
    says: 'spec.workers[0].queues[1]: names the same queue as spec.workers[0].queues[0]; remove one of them [CEL214]',
    good: worker({ queues: ['a', 'b'] }),
  },
  {
    name: 'a queue both consumed and excluded',
    bad: worker({ queues: ['a'], excludeQueues: ['a'] }),
    says: 'spec.workers[0].excludeQueues[0]: is listed in queues too, and the exclusion wins; remove it from one of the lists [CEL214]',
    good: worker({ queues: ['a'], excludeQueues: ['b'] }),
  },
  {
    name: 'queues in one word',
    bad: worker({ queues: ['a,b'] }),
    says: 'spec.workers[0].queues[0]: holds a comma, which separates queues; write one list item for each queue [CEL215]',
    good: worker({ queues: ['a', 'b'] }),
  },
  {
    name: 'a setting among the arguments',
    bad: args('worker.prefetch_multiplier=1'),
    says: `${AT}: sets a setting on the command line; move it to spec.workers[0].config [CEL216]`,
    good: worker({ config: { worker_prefetch_multiplier: 1 } }),
  },
  {
    name: 'a stray word',
    bad: args('worker'),
    says: `${AT}: is neither an option nor the value of one; remove it; write options only, without "celery" and "worker" [CEL217]`,
    good: args('$(WORDS)'),
  },
  {
    name: 'threads without concurrency',
    bad: worker({ pool: 'threads' }),
    says: 'spec.workers[0].concurrency: is not set, and pool threads has no useful default; write how many tasks may run at once in one pod [CEL218]',
    good: { ...config('worker_concurrency', 8), ...worker({ pool: 'threads' }) },
  },
  {
    name: 'no mingle',
    bad: args('--without-mingle'),
    says: `${AT}: --without-mingle makes new workers forget revoked tasks; remove it [CEL219]`,
    good: args('--without-gossip'),
  },

  {
    name: 'an unknown scheme',
    bad: { broker: { url: 'valkey://v:6379/0' } },
    says: "spec.broker.url: has the scheme valkey, which Celery's transport library does not know; write redis:// [CEL301]",
    good: { broker: { url: 'redis://v:6379/0' } },
  },
  {
    name: 'a database by name',
    bad: { broker: { url: 'redis://r/main' } },
    says: 'spec.broker.url: names a Redis database that is not a number; end the URL with the number of the database, for example redis://redis:6379/0 [CEL301]',
    good: { broker: { url: 'redis://r' } },
  },
  {
    name: 'bundled without a bundled broker',
    bad: { broker: { bundled: {} } },
    says: 'spec.broker.bundled: this installation of the operator has no bundled broker; install the chart with broker.enabled=true, or write spec.broker.urlFrom or spec.broker.url [CEL302]',
    good: { broker: { bundled: {} } },
    goodInstallation: { bundledBroker: 'redis' },
  },
  {
    name: 'a password in the URL',
    bad: { broker: { url: 'redis://:pw@r/0' } },
    says: 'spec.broker.url: holds a password in plain text; put the whole URL into a Secret and name it in spec.broker.urlFrom.secretKeyRef [CEL303]',
    good: { broker: { url: 'redis://:$(PW)@r/0' } },
  },
  {
    name: 'Sentinel without its master',
    bad: { broker: { url: 'sentinel://s:26379' } },
    says: 'spec.broker.url: Redis Sentinel needs the name of its master; write config.broker_transport_options.master_name, unless the application sets it [CEL304]',
    good: { broker: { url: 'sentinel://s:26379' }, ...config('broker_transport_options', { master_name: 'm' }) },
  },
  {
    name: 'Sentinel for results without its master',
    bad: { resultBackend: { url: 'sentinel://a:26379;sentinel://b:26379' } },
    says: 'spec.resultBackend.url: Redis Sentinel needs the name of its master; write config.result_backend_transport_options.master_name, unless the application sets it [CEL304]',
    good: {
      resultBackend: { url: 'sentinel://a:26379;sentinel://b:26379' },
      ...config('result_backend_transport_options', { master_name: 'm' }),
    },
  },
  {
    name: 'a misspelt certificate check',
    bad: { broker: { url: 'rediss://r/0?ssl_cert_reqs=yes' } },
    says: 'spec.broker.url: has an ssl_cert_reqs that nothing knows; write ?ssl_cert_reqs=required, or none to check nothing [CEL301]',
    good: { broker: { url: 'rediss://r/0?ssl_cert_reqs=CERT_REQUIRED' } },
  },
  {
    name: 'a database without db+',
    bad: { resultBackend: { url: 'postgresql://db/results' } },
    says: 'spec.resultBackend.url: has the scheme postgresql, which is no result backend of Celery; write db+postgresql:// [CEL301]',
    good: { resultBackend: { url: 'db+postgresql://db/results' } },
  },
  {
    name: 'RabbitMQ as result backend',
    bad: { broker: { url: 'amqp://r' }, resultBackend: { url: 'amqp://r' } },
    says: 'spec.resultBackend.url: has the scheme amqp, which is no result backend of Celery; write rpc:// [CEL301]',
    good: { broker: { url: 'amqp://r' }, resultBackend: { url: 'rpc://' } },
  },
  {
    name: 'a list of result backends',
    bad: { resultBackend: { url: 'redis://a/0;redis://b/0' } },
    says: 'spec.resultBackend.url: is a list, and only a broker or Sentinel may have several URLs; write one URL, or use sentinel:// [CEL301]',
    good: { broker: { url: 'redis://a/0;redis://b/0' }, resultBackend: { url: 'redis://a/0' } },
  },
  {
    name: 'results over TLS without a certificate check',
    bad: { resultBackend: { url: 'rediss://r/0' } },
    says: 'spec.resultBackend.url: lacks a valid ssl_cert_reqs, without which Celery refuses it; end it with ?ssl_cert_reqs=required [CEL301]',
    good: { resultBackend: { url: 'rediss://r/0' }, ...config('redis_backend_use_ssl', { ssl_cert_reqs: 'required' }) },
  },
  {
    name: 'TLS without a certificate check',
    bad: { broker: { url: 'rediss://r/0' } },
    says: "spec.broker.url: encrypts, but does not check the server's certificate; add ?ssl_cert_reqs=required&ssl_ca_certs=<file>, or ?ssl_cert_reqs=none where that is meant [CEL305]",
    good: { broker: { url: 'rediss://r/0?ssl_cert_reqs=none;rediss://s/0?ssl_cert_reqs=required' } },
  },
  {
    name: 'a management URL with AMQP’s scheme',
    bad: { broker: { url: 'amqp://r', managementUrl: 'amqp://r:5672' } },
    says: "spec.broker.managementUrl: is not the URL of RabbitMQ's HTTP API; write http://host:15672 or https://host, as RabbitMQ serves its management pages [CEL301]",
    good: { broker: { url: 'amqp://r', managementUrl: 'http://r:15672' } },
  },
  {
    name: 'a management URL with /api',
    bad: { broker: { url: 'amqp://r', managementUrl: 'http://r:15672/api/' } },
    says: 'spec.broker.managementUrl: ends in /api, which is added by whoever asks; remove /api [CEL301]',
    good: { broker: { url: 'amqp://r', managementUrl: 'https://r/rabbit' } },
  },
  {
    name: 'a password in the management URL',
    bad: { broker: { url: 'amqp://r', managementUrl: 'http://u:pw@r:15672' } },
    says: 'spec.broker.managementUrl: holds a password in plain text; put the whole URL into a Secret and name it in spec.broker.managementUrlFrom.secretKeyRef [CEL303]',
    good: {
      broker: { url: 'amqp://r', managementUrlFrom: { secretKeyRef: { name: 'rabbit', key: 'management' } } },
    },
  },
  {
    name: 'two management URLs',
    bad: {
      broker: {
        url: 'amqp://r',
        managementUrl: 'http://r:15672',
        managementUrlFrom: { secretKeyRef: { name: 'rabbit', key: 'management' } },
      },
    },
    says: 'spec.broker: managementUrl and managementUrlFrom are set together; keep one of them [CEL003]',
    good: { broker: { url: 'amqp://r', managementUrl: 'http://r:15672' } },
  },
  {
    name: 'a management URL beside Redis',
    bad: { broker: { url: 'redis://r/0', managementUrl: 'http://r:15672' } },
    says: 'spec.broker.managementUrl: has no effect: the broker is not RabbitMQ; remove it [CEL306]',
    good: { broker: { bundled: {}, managementUrl: 'http://r:15672' } },
    goodInstallation: { bundledBroker: 'rabbitmq' },
  },
  {
    name: 'bundled results of RabbitMQ beside another broker',
    bad: { resultBackend: { bundled: {} } },
    installation: { bundledBroker: 'rabbitmq' },
    says: 'spec.resultBackend.bundled: is rpc:// in this installation, which returns results over spec.broker and not over the bundled RabbitMQ; write spec.resultBackend.url: rpc:// if that is meant, or the URL of a result backend [CEL307]',
    good: { broker: { bundled: {} }, resultBackend: { bundled: {} } },
  },

  {
    name: 'settings by environment',
    bad: env('CONFIG_MODULE'),
    says: 'spec.env[0].name: Celery reads CONFIG_MODULE as the module of its settings, and those of config would be lost; remove it and write the settings in spec.config, or set spec.agent to Disabled and write spec.app [CEL401]',
    good: { agent: 'Disabled', app: 'shop', ...env('CONFIG_MODULE') },
  },
  {
    name: 'APP without spec.app',
    bad: env('APP'),
    says: 'spec.env[0].name: Celery reads APP as its option --app; write spec.app, or rename the variable [CEL401]',
    good: env('SHOP_APP'),
  },
  {
    name: 'purge by environment',
    bad: env('CELERY_WORKER_PURGE'),
    says: 'spec.env[0].name: Celery reads CELERY_WORKER_PURGE as its option --purge; remove it [CEL401]',
    good: env('CELERY_WORKER_OURS'),
  },
  {
    name: 'an option by environment',
    bad: worker({ env: [{ name: 'CELERY_WORKER_TIME_LIMIT', value: '9' }] }),
    says: 'spec.workers[0].env[0].name: Celery reads CELERY_WORKER_TIME_LIMIT as its option --time-limit; use the field or workers[].args instead, or rename the variable [CEL402]',
    good: args('--time-limit=9'),
  },
  {
    name: 'the broker by environment',
    bad: env('CELERY_BROKER_URL', 'redis://r/0'),
    says: 'spec.env[0].name: CELERY_BROKER_URL wins over spec.broker; remove it, or set spec.broker to {fromImage: {}} [CEL403]',
    good: { broker: { fromImage: {} }, ...env('CELERY_BROKER_URL', 'redis://r/0') },
  },
  {
    name: "the operator's own variable",
    bad: env('CELERY_OPERATOR_CONFIG'),
    says: 'spec.env[0].name: CELERY_OPERATOR_CONFIG is set by the operator; remove it [CEL404]',
    good: env('OPERATOR'),
  },

  {
    name: 'the volume of the settings',
    bad: { podTemplate: { spec: { volumes: [{ name: 'celery-config', emptyDir: {} }] } } },
    says: "spec.podTemplate.spec.volumes[0].name: celery-config is the operator's own volume; give it another name [CEL501]",
    good: { podTemplate: { spec: { volumes: [{ name: 'celery-data', emptyDir: {} }] } } },
  },
  {
    name: 'the path of the settings',
    bad: celery({ volumeMounts: [{ name: 'x', mountPath: '/etc/celery/' }] }),
    says: "spec.podTemplate.spec.containers[0].volumeMounts[0].mountPath: /etc/celery holds the operator's settings; mount it elsewhere [CEL501]",
    good: celery({ volumeMounts: [{ name: 'x', mountPath: '/etc/shop' }] }),
  },
  {
    name: 'a merge directive',
    bad: celery({ env: [{ name: 'A', $patch: 'delete' }] }),
    says: 'spec.podTemplate.spec.containers[0].env[0]["$patch"]: merge directives are not supported in a pod template; remove it; lists with Kubernetes merge keys are merged by them, others replace [CEL502]',
    good: celery({ env: [{ name: 'A', value: '$patch' }] }),
  },
  {
    name: 'a command in the template',
    bad: celery({ command: ['sh'] }),
    says: 'spec.podTemplate.spec.containers[0].command: has no effect; remove it; the operator writes the command; options belong in workers[].args [CEL503]',
    good: celery({ workingDir: '/srv' }),
  },

  {
    name: 'a ping that solo does not answer',
    bad: worker({ pool: 'solo', livenessProbe: { type: 'Ping' } }),
    says: 'spec.workers[0].livenessProbe.type: Ping cannot work: pool solo does not answer while a task keeps it busy; write None [CEL601]',
    good: worker({ pool: 'solo', livenessProbe: { type: 'None' } }),
  },
  {
    name: 'a ping over SQS',
    bad: { broker: { url: 'sqs://' }, ...worker({ livenessProbe: { type: 'Ping' } }) },
    says: 'spec.workers[0].livenessProbe.type: Ping cannot work: workers on sqs have no mailbox; write None [CEL601]',
    good: { broker: { url: 'sqs://' }, ...worker({}) },
  },
  {
    name: 'a ping that does not know the broker',
    bad: { broker: { fromImage: {} }, ...worker({ livenessProbe: { type: 'Ping' } }) },
    says: 'spec.workers[0].livenessProbe.type: Ping finds the broker only in CELERY_BROKER_URL, which broker.fromImage leaves to the image; make sure that the image or env sets CELERY_BROKER_URL, or write None [CEL602]',
    good: worker({ livenessProbe: { type: 'Ping' } }),
  },
  {
    name: 'an impatient probe',
    bad: worker({ livenessProbe: { periodSeconds: 10 } }),
    says: 'spec.workers[0].livenessProbe: a worker is restarted after 30 s of silence; make periodSeconds times failureThreshold at least 90 [CEL603]',
    good: worker({ livenessProbe: { periodSeconds: 10, failureThreshold: 9 } }),
  },
  {
    name: 'a setting beside its field',
    bad: worker({ maxTasksPerChild: 9, config: { worker_max_tasks_per_child: 8 } }),
    says: 'spec.workers[0].config.worker_max_tasks_per_child: has no effect beside maxTasksPerChild; remove it [CEL115]',
    good: { config: { worker_max_tasks_per_child: 8 }, ...worker({ maxTasksPerChild: 9 }) },
  },
  {
    name: 'an argument beside its field',
    bad: worker({ timeLimitSeconds: 60, args: ['--time-limit=60'] }),
    says: `${AT}: --time-limit contradicts timeLimitSeconds; remove it, spec.workers[0].timeLimitSeconds says it [CEL203]`,
    good: args('--time-limit=60'),
  },
  {
    name: 'a field without effect in the pool',
    bad: worker({ pool: 'threads', concurrency: 2, maxMemoryPerChild: '64Mi' }),
    says: 'spec.workers[0].maxMemoryPerChild: has no effect in pool threads; remove it; it works with prefork [CEL212]',
    good: worker({ maxMemoryPerChild: '64Mi' }),
  },
  {
    name: 'a soft limit that comes too late, in fields',
    bad: worker({ softTimeLimitSeconds: 60, timeLimitSeconds: 60 }),
    says: 'spec.workers[0].softTimeLimitSeconds: the soft time limit (60 s) is not below the hard one (60 s); lower it, so that the task has time to react [CEL213]',
    good: { config: { task_time_limit: 60 }, ...worker({ softTimeLimitSeconds: 60, timeLimitSeconds: 61 }) },
  },
  {
    name: 'environment from nothing',
    bad: { envFrom: [{ prefix: 'A_' }] },
    says: 'spec.envFrom[0]: none of configMapRef and secretRef is set; set exactly one of them [CEL003]',
    good: { envFrom: [{ prefix: 'A_', secretRef: { name: 's' } }] },
  },
  {
    name: "a pool's environment from two sources",
    bad: worker({ envFrom: [{ configMapRef: { name: 'a' }, secretRef: { name: 'b' } }] }),
    says: 'spec.workers[0].envFrom[0]: configMapRef and secretRef are set together; keep one and remove the others [CEL003]',
    good: worker({ envFrom: [{ configMapRef: { name: 'a' } }, { secretRef: { name: 'b' } }] }),
  },
  {
    name: 'a strategy of two kinds',
    bad: worker({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
    says: 'spec.workers[0].strategy.rollingUpdate: belongs to type RollingUpdate, and the type is Recreate; remove one of them [CEL611]',
    good: worker({ strategy: { type: 'Recreate' } }),
  },
  {
    name: 'a strategy that can replace nothing',
    bad: worker({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
    says: 'spec.workers[0].strategy.rollingUpdate: allows neither a pod more nor a pod less, so no pod could be replaced; raise one of them [CEL611]',
    good: worker({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } } }),
  },
  {
    name: 'a strategy in no known unit',
    bad: worker({ strategy: { rollingUpdate: { maxSurge: '1' } } }),
    says: 'spec.workers[0].strategy.rollingUpdate.maxSurge: is neither a number of pods nor a percentage; write as in 1 or "25%" [CEL611]',
    good: worker({ strategy: { rollingUpdate: { maxSurge: 1 } } }),
  },
  {
    name: 'a budget with two bounds',
    bad: worker({ replicas: 3, podDisruptionBudget: { maxUnavailable: 1, minAvailable: 1 } }),
    says: 'spec.workers[0].podDisruptionBudget: maxUnavailable and minAvailable are set together; set exactly one of them [CEL612]',
    good: worker({ replicas: 3, podDisruptionBudget: { minAvailable: 1 } }),
  },
  {
    name: 'a budget without a bound',
    bad: worker({ replicas: 3, podDisruptionBudget: {} }),
    says: 'spec.workers[0].podDisruptionBudget: neither maxUnavailable nor minAvailable is set; set exactly one of them [CEL612]',
    good: worker({ replicas: 3, podDisruptionBudget: { maxUnavailable: '30%' } }),
  },
  {
    name: 'a budget that blocks every drain',
    bad: worker({ replicas: 3, podDisruptionBudget: { minAvailable: 3 } }),
    says: 'spec.workers[0].podDisruptionBudget.minAvailable: lets no pod be evicted, so that no node with one can be drained; leave room for one pod [CEL613]',
    good: worker({ replicas: 3, podDisruptionBudget: { minAvailable: 2 } }),
  },
  {
    name: 'a budget that blocks every drain of a scaled pool',
    bad: scale({ queueLength: { target: 10 } }, { podDisruptionBudget: { minAvailable: 5 } }),
    says: 'spec.workers[0].podDisruptionBudget.minAvailable: lets no pod be evicted, so that no node with one can be drained; leave room for one pod [CEL613]',
    good: scale({ queueLength: { target: 10 } }, { podDisruptionBudget: { minAvailable: 4 } }),
  },
  {
    name: 'a beat in the background',
    bad: beat({ args: ['--detach'] }),
    says: 'spec.beat.args[0]: --detach sends beat into the background, and the container ends; remove it [CEL202]',
    good: beat({}),
  },
  {
    name: 'a pidfile of beat',
    bad: beat({ args: ['--pidfile=/x'] }),
    says: 'spec.beat.args[0]: --pidfile leaves a file that blocks the next start; remove it; Kubernetes runs exactly one beat [CEL202]',
    good: beat({}),
  },
  {
    name: 'the schedule file in the arguments of beat',
    bad: beat({ args: ['-s', '/data/schedule'] }),
    says: 'spec.beat.args[0]: -s is passed by the operator too; remove it and write spec.beat.schedule [CEL203]',
    good: beat({ schedule: '/data/schedule' }),
  },
  {
    name: 'a scheduler in the arguments beside the field',
    bad: beat({ scheduler: 'django', args: ['-S', 'redbeat.RedBeatScheduler'] }),
    says: 'spec.beat.args[0]: -S contradicts scheduler; remove it, spec.beat.scheduler says it [CEL203]',
    good: beat({ scheduler: 'django' }),
  },
  {
    name: 'remote control of beat before 5.7',
    bad: { celeryVersion: '5.6', ...beat({ args: ['--enable-remote-control'] }) },
    says: 'spec.beat.args[0]: --enable-remote-control does not exist in Celery 5.6; remove it, or run Celery 5.7 or later and state that in spec.celeryVersion [CEL208]',
    good: { celeryVersion: '5.7', ...beat({ args: ['--enable-remote-control'] }) },
  },
  {
    name: 'an option of workers for beat',
    bad: beat({ args: ['--concurrency=4'] }),
    says: 'spec.beat.args[0]: --concurrency is not an option of celery beat; remove it unless the application adds it (app.user_options) [CEL207]',
    good: beat({}),
  },
  {
    name: 'an option of beat in the environment',
    bad: beat({ env: [{ name: 'CELERY_BEAT_MAX_INTERVAL', value: '9' }] }),
    says: 'spec.beat.env[0].name: Celery reads CELERY_BEAT_MAX_INTERVAL as its option --max-interval; use the field or beat.args instead, or rename the variable [CEL402]',
    good: beat({ maxIntervalSeconds: 9 }),
  },
  {
    name: 'replicas of beat',
    bad: beat({ replicas: 2 }),
    says: 'spec.beat.replicas: unknown field; remove it, or use one of schedule, scheduler, maxIntervalSeconds, logLevel, args, storage, image, env, envFrom, resources, podTemplate [CEL001]',
    good: beat({}),
  },
  {
    name: 'an entry without a task',
    bad: beat({}, { schedule: 60 }),
    says: `${ENTRY}: names no task; write task: the name under which workers know it [CEL701]`,
    good: beat({}),
  },
  {
    name: 'a misspelt key of an entry',
    bad: entry({ schedule: 60, kwarg: {} }),
    says: `${ENTRY}.kwarg: is no part of an entry, and beat would end over it; write kwargs [CEL701]`,
    good: entry({ schedule: 60, kwargs: {} }),
  },
  {
    name: 'arguments that are no list',
    bad: entry({ schedule: 60, args: 1 }),
    says: `${ENTRY}.args: must be a list; write a list [CEL701]`,
    good: entry({ schedule: 60, args: [1] }),
  },
  {
    name: 'a cron string of four fields',
    bad: stored('*/5 * * *'),
    says: `${ENTRY}.schedule: has 4 fields instead of five; write minute, hour, day of month, month and day of week, as in */5 * * * * [CEL702]`,
    good: stored('*/5 * * * *'),
  },
  {
    name: 'a value out of range in a crontab',
    bad: stored({ crontab: '0 24 * * *' }),
    says: `${ENTRY}.schedule.crontab: has a value out of range in its hour field; write *, a number from 0 to 23, a range such as 0-3, a list with commas, or a step such as */2 [CEL702]`,
    good: stored({ crontab: '0 23 * * *' }),
  },
  {
    name: 'no seconds at all',
    bad: entry({ schedule: 0 }),
    says: `${ENTRY}.schedule: must be more than 0 seconds; write the seconds between two runs [CEL702]`,
    good: entry({ schedule: 0.5 }),
  },
  {
    name: 'a cron string without the agent',
    bad: { agent: 'Disabled', ...stored('*/5 * * * *') },
    says: `${ENTRY}.schedule: is a cron string, and without the agent Celery is given no crontab object; write seconds, define the entry in the application module, or set spec.agent to Enabled [CEL703]`,
    good: { agent: 'Disabled', ...stored(300) },
  },
  {
    name: 'a beat with nothing to send',
    bad: { beat: {} },
    says: 'spec.beat: has no entries in config.beat_schedule; write some, unless the application module defines its own [CEL704]',
    good: { beat: { scheduler: 'django' } },
  },
  {
    name: 'a cron string on an emptyDir',
    bad: entry({ schedule: '0 4 * * *' }),
    says: 'spec.beat: forgets with each new pod when its entries ran last; write spec.beat.storage: {size: 100Mi}, or accept that a run due while no beat ran is left out and that long intervals start anew [CEL705]',
    good: entry({ schedule: 3599 }),
  },
  {
    name: 'entries and no beat',
    bad: { config: { beat_schedule: { tick: TICK } } },
    says: 'spec.config.beat_schedule: is sent by nobody: the application has no beat; write spec.beat: {}, unless a beat of your own runs [CEL706]',
    good: beat({}),
  },
  {
    name: 'a scheduler that nothing watches',
    bad: { agent: 'Disabled', ...beat({ scheduler: 'django' }) },
    says: 'spec.beat: has no liveness probe: without the agent nothing tells whether this scheduler still works; set spec.agent to Enabled, or run Celery 5.7 and state that in spec.celeryVersion [CEL707]',
    good: { agent: 'Disabled', celeryVersion: '5.7', ...beat({ scheduler: 'django' }) },
  },
  {
    name: 'a scheduler that cannot be imported',
    bad: beat({ scheduler: 'django-db' }),
    says: 'spec.beat.scheduler: cannot be imported; write module:Class or an alias, as in redbeat.RedBeatScheduler [CEL708]',
    good: beat({ scheduler: 'django_celery_beat.schedulers:DatabaseScheduler' }),
  },
  {
    name: 'a scheduler without a module',
    bad: beat({ scheduler: 'RedBeatScheduler' }),
    says: 'spec.beat.scheduler: RedBeatScheduler names no module, and works only where the image registers it as an alias (celery.beat_schedulers); write module:Class [CEL709]',
    good: beat({ scheduler: 'redbeat.RedBeatScheduler' }),
  },
  {
    name: 'a schedule in Redis where there is none',
    bad: { broker: { url: 'amqp://r' }, ...beat({ scheduler: 'redbeat.RedBeatScheduler' }) },
    says: 'spec.beat.scheduler: keeps its schedule in Redis, which the broker is not; write config.redbeat_redis_url [CEL709]',
    good: beat({ scheduler: 'redbeat.RedBeatScheduler' }),
  },
  {
    name: 'a setting that a field of beat decides',
    bad: {
      beat: { maxIntervalSeconds: 5 },
      config: { beat_max_loop_interval: 60, beat_schedule: { tick: TICK } },
    },
    says: 'spec.config.beat_max_loop_interval: has no effect: the operator passes the option; remove it, spec.beat.maxIntervalSeconds says it [CEL710]',
    good: { beat: {}, config: { beat_max_loop_interval: 60, beat_schedule: { tick: TICK } } },
  },
  {
    name: 'the prefix among the arguments',
    bad: flower({ args: ['--url-prefix=x'] }),
    says: 'spec.flower.args[0]: --url-prefix is decided by a field; remove it and write spec.flower.urlPrefix [CEL901]',
    good: flower({ urlPrefix: 'x' }),
  },
  {
    name: 'a login among the arguments',
    bad: flower({ args: ['--basic_auth=u:hunter2'] }),
    says: 'spec.flower.args[0]: --basic_auth puts a credential into the process list; remove it and write spec.flower.basicAuthSecretRef [CEL902]',
    good: flower({ basicAuthSecretRef: { name: 's', key: 'k' } }),
  },
  {
    name: 'a word for a number',
    bad: flower({ args: ['--max_tasks=many'] }),
    says: 'spec.flower.args[0]: --max_tasks must be an integer; write --max_tasks=<value> [CEL903]',
    good: flower({ args: ['--max-tasks=1000', '--debug'] }),
  },
  {
    name: 'a value in a word of its own',
    bad: flower({ args: ['--debug', 'true'] }),
    says: 'spec.flower.args[1]: is no option, and Flower drops it; write options only, each with its value in one item: --name=value [CEL904]',
    good: flower({ args: ['--debug=true'] }),
  },
  {
    name: 'a misspelt option of Flower',
    bad: flower({ args: ['--max_task=5'] }),
    says: 'spec.flower.args[0]: --max_task is not an option of Flower, which would drop it; write --max_tasks [CEL905]',
    good: flower({ args: ['--max_tasks=5'] }),
  },
  {
    name: 'an option of another Flower',
    bad: flower({ args: ['--broker_sleep=5'] }),
    says: 'spec.flower.args[0]: --broker_sleep is not an option of Flower 2.2, which drops what it does not know; remove it unless the Flower in the image has it [CEL906]',
    good: flower({ args: ['--inspect_timeout=5'] }),
  },
  {
    name: 'an Ingress without a login',
    bad: flower({ ingress: { host: 'f.example.com' } }),
    says: `spec.flower.ingress: the Ingress ${OPEN}`,
    good: flower({ ingress: { annotations: { 'nginx.ingress.kubernetes.io/auth-url': 'https://o/oauth2/auth' } } }),
  },
  {
    name: 'an Ingress whose annotation asks for no login',
    bad: flower({ ingress: { annotations: { 'alb.ingress.kubernetes.io/auth-type': 'none' } } }),
    says: `spec.flower.ingress: the Ingress ${OPEN}`,
    good: flower({ ingress: { annotations: { 'alb.ingress.kubernetes.io/auth-type': 'oidc' } } }),
  },
  {
    name: 'a load balancer without a login',
    bad: flower({ service: { type: 'LoadBalancer' } }),
    says: `spec.flower.service.type: a Service of type LoadBalancer ${OPEN}`,
    good: flower({
      service: { type: 'LoadBalancer' },
      env: [{ name: 'FLOWER_BASIC_AUTH', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    }),
  },
  {
    name: 'an HTTPRoute without a login',
    bad: flower({ httpRoute: { parentRefs: [{ name: 'g' }] }, env: [{ name: 'FLOWER_AUTH', value: '' }] }),
    says: `spec.flower.httpRoute: the HTTPRoute ${OPEN}`,
    good: flower({ httpRoute: { parentRefs: [{ name: 'g' }] }, args: ['--auth=.*@example\\.com'] }),
  },
  {
    name: 'a login that is not seen',
    bad: flower({ service: { type: 'NodePort' }, envFrom: [{ secretRef: { name: 's' } }] }),
    says: 'spec.flower.service.type: a Service of type NodePort reaches Flower from outside, and the application does not tell whether it asks for a login; write spec.flower.basicAuthSecretRef, or allowUnauthenticated: true once you know [CEL908]',
    good: flower({ service: { type: 'NodePort' }, allowUnauthenticated: true }),
  },
  {
    name: 'the port of Flower as a variable',
    bad: flower({ env: [{ name: 'FLOWER_PORT', value: '80' }] }),
    says: 'spec.flower.env[0].name: Flower reads FLOWER_PORT as its option; remove it; the port of the Service is spec.flower.service.port [CEL909]',
    good: flower({ service: { port: 80 } }),
  },
  {
    name: 'a login in plain text',
    bad: flower({ env: [{ name: 'FLOWER_BASIC_AUTH', value: 'u:p' }] }),
    says: 'spec.flower.env[0].value: is a secret in plain text; write spec.flower.basicAuthSecretRef [CEL110]',
    good: flower({ env: [{ name: 'FLOWER_AUTH', value: '.*' }] }),
  },
  {
    name: 'a path that is not the prefix',
    bad: flower({ urlPrefix: '/a', ingress: { path: '/b' }, allowUnauthenticated: true }),
    says: 'spec.flower.ingress.path: differs from urlPrefix, and links of the page would lead elsewhere; remove it, or give both the same path [CEL910]',
    good: flower({ urlPrefix: '/a/', ingress: { path: 'a' }, allowUnauthenticated: true }),
  },
  {
    name: 'a node port of a ClusterIP',
    bad: flower({ service: { nodePort: 30555 } }),
    says: 'spec.flower.service.nodePort: a Service of type ClusterIP has no port on the nodes; remove it, or set type to NodePort [CEL911]',
    good: flower({ service: { type: 'NodePort', nodePort: 30555 }, allowUnauthenticated: true }),
  },

  {
    name: 'more at least than at most',
    bad: scale({ minReplicas: 6, queueLength: { target: 10 } }),
    says: `${SCALE}.minReplicas: is above maxReplicas; raise maxReplicas or lower minReplicas [CEL801]`,
    good: scale({ minReplicas: 5, queueLength: { target: 10 } }),
  },
  {
    name: 'nothing to scale by',
    bad: scale({}),
    says: `${SCALE}: does not say what to scale by; set queueLength, cpu, memory or triggers [CEL801]`,
    good: scale({ triggers: [{ type: 'cron', metadata: {} }] }),
  },
  {
    name: 'zero without a metric from outside',
    bad: scale({ minReplicas: 0, cpu: { averageUtilization: 70 } }, { resources: { requests: { cpu: '1' } } }),
    says: `${SCALE}.minReplicas: is 0, and nothing would start the first pod: where no pod runs, no CPU and no memory is used; write 1 or more, or set queueLength or a trigger [CEL801]`,
    good: scale({ minReplicas: 0, queueLength: { target: 10 } }),
  },
  {
    name: 'memory in two ways',
    bad: scale(
      { memory: { averageUtilization: 70, averageValue: '1Gi' } },
      { resources: { requests: { memory: '1Gi' } } },
    ),
    says: `${SCALE}.memory: does not hold exactly one of averageUtilization and averageValue; keep one of them [CEL801]`,
    good: scale({ memory: { averageValue: '1Gi' } }),
  },
  {
    name: 'a broker that KEDA does not know',
    bad: { broker: { url: 'mongodb://m/0' }, ...scale({ queueLength: { target: 10 } }) },
    says: `${SCALE}.queueLength: cannot be read by KEDA on this broker; use cpu, memory or a trigger instead, or a Redis, Sentinel or RabbitMQ that other pods reach too [CEL802]`,
    good: { broker: { url: 'amqp://rabbitmq//' }, ...scale({ queueLength: { target: 10 } }) },
  },
  {
    name: 'a broker beside the worker',
    bad: { broker: { url: 'redis://localhost/0' }, ...scale({ queueLength: { target: 10 } }) },
    says: `${SCALE}.queueLength: cannot be read by KEDA on this broker; use cpu, memory or a trigger instead, or a Redis, Sentinel or RabbitMQ that other pods reach too [CEL802]`,
    good: { broker: { url: 'redis://redis/0' }, ...scale({ queueLength: { target: 10 } }) },
  },
  {
    name: 'a broker that only the image knows',
    bad: { broker: { fromImage: {} }, ...scale({ queueLength: { target: 10 } }) },
    says: `${SCALE}.queueLength: cannot be read: broker.fromImage tells the operator no broker; use cpu, memory or a trigger instead, or a Redis, Sentinel or RabbitMQ that other pods reach too [CEL802]`,
    good: { broker: { fromImage: {} }, ...scale({ triggers: [{ type: 'cron', metadata: {} }] }) },
  },
  {
    name: 'a trigger beside queueLength',
    bad: scale({ queueLength: { target: 10 }, triggers: [{ type: 'cron', metadata: {} }] }),
    says: `${SCALE}.triggers[0]: would not count beside queueLength, which KEDA computes by a formula of its own; remove it, or remove queueLength and write the queues as triggers [CEL803]`,
    good: scale({ queueLength: { target: 10 }, triggers: [{ type: 'cpu', metadata: { value: '70' } }] }),
  },
  {
    name: 'per cent of nothing',
    bad: scale({ cpu: { averageUtilization: 70 } }),
    says: `${SCALE}.cpu.averageUtilization: is in per cent of a cpu request, and the worker makes none; write spec.workers[0].resources.requests.cpu, unless a LimitRange of the namespace supplies it [CEL804]`,
    good: {
      ...celery({ resources: { limits: { cpu: '1' } } }),
      ...scale({ cpu: { averageUtilization: 70 } }),
    },
  },
  {
    name: 'queues that nobody named',
    bad: worker({ autoscaling: { maxReplicas: 5, queueLength: { target: 10 } } }),
    says: `${SCALE}.queueLength: counts the default queue alone, while the worker consumes whatever task_queues names; list the queues in spec.workers[0].queues [CEL805]`,
    good: scale({ queueLength: { target: 10 } }),
  },
  {
    name: 'a number that is not applied',
    bad: scale({ queueLength: { target: 10 } }, { replicas: 3 }),
    says: 'spec.workers[0].replicas: is not applied while autoscaling is set; remove it; autoscaling.minReplicas and maxReplicas say how many pods there may be [CEL806]',
    good: worker({ replicas: 3 }),
  },
  {
    name: 'two autoscalers of one pool',
    bad: scale({ queueLength: { target: 10 } }, { args: ['--autoscale=4,1'] }),
    says: `${AT}: --autoscale changes the concurrency inside the pod; remove it; autoscaling changes the number of pods, and each would undo what the other does [CEL210]`,
    good: scale({ queueLength: { target: 10 } }, { concurrency: 4 }),
  },
];
