import type { Finding } from '../finding.ts';

interface Rule {
  readonly severity: Finding['severity'];
  /** What the rule refuses or warns of, as a heading. */
  readonly title: string;
  /** Why: what Celery or Kubernetes would do. */
  readonly why: string;
}

const error = (title: string, why: string): Rule => ({ severity: 'error', title, why });
const warning = (title: string, why: string): Rule => ({ severity: 'warning', title, why });

/** Every code and what it stands for. Codes are never reused: people search for them. */
export const CATALOGUE = {
  CEL000: error(
    'The object does not fit the schema',
    'The API server refuses such an object too; the controller checks again because stored objects can predate the schema.',
  ),
  CEL001: error('Unknown field', 'A misspelt field would be kept and do nothing.'),
  CEL002: error(
    'Unusable metadata.name',
    'The names of Deployments, ConfigMaps and Services are made from it and must not collide.',
  ),
  CEL003: error('Not exactly one source of a URL', 'With several sources it would be chance which one counts.'),
  CEL004: error('Duplicate name', 'Entries of a list with names are told apart by them.'),
  CEL005: error('spec.app is no module', 'Celery imports it; options and paths cannot be imported.'),

  CEL101: error('Setting that looks misspelt', 'Celery ignores a setting it does not know without a word.'),
  CEL102: error('Upper-case setting', 'Celery refuses a mix of old and new names when it starts.'),
  CEL103: error('Setting of another Celery version', 'The stated version would ignore it silently.'),
  CEL104: error(
    'Setting of the wrong type',
    'Celery would fail when it uses the value, or read it wrongly: the text "false" is true.',
  ),
  CEL105: error('Setting that a file cannot carry', 'Settings reach Celery as YAML and JSON.'),
  CEL106: warning(
    'Setting of some Celery versions only',
    'Without spec.celeryVersion nothing tells whether the image knows it.',
  ),
  CEL107: error(
    'URL of the broker or result backend among the settings',
    'It belongs to a typed field, which hides credentials and is handed to everything that needs it.',
  ),
  CEL108: error(
    'worker_pool among the settings',
    'It silently wins over -P prefork, and gevent and eventlet can only be chosen on the command line.',
  ),
  CEL109: warning(
    'worker_concurrency beside concurrency',
    'The option on the command line wins, so the setting has no effect.',
  ),
  CEL110: warning(
    'Secret in plain text',
    'Everyone who may read the application, its ConfigMaps or its pods can read it.',
  ),
  CEL111: error('task_always_eager', 'Tasks would run inside the process that sends them and never reach a worker.'),
  CEL112: warning('Broker connections that are not retried', 'Each short outage of the broker ends every worker.'),
  CEL113: warning(
    'task_reject_on_worker_lost',
    'A task that kills its worker, for example for lack of memory, comes back for ever.',
  ),
  CEL114: warning(
    'Unbounded prefetch',
    'One worker takes the whole queue into memory and no other one helps, nor those that an autoscaler adds.',
  ),
  CEL115: warning(
    'Setting beside the field that overrides it',
    'The option on the command line wins, so the setting has no effect.',
  ),

  CEL201: error(
    'Option of celery itself among the arguments',
    'It must stand before "worker"; behind it Celery refuses to start.',
  ),
  CEL202: error(
    'Option that cannot work in a worker pod',
    'It deletes tasks, leaves the container, or collides with how pods are run.',
  ),
  CEL203: error(
    'Option that a field owns',
    'The operator passes it; given twice, parts of Celery read the first and parts the last.',
  ),
  CEL204: error('Option given twice', 'Only the last one counts, and it is chance which one was meant.'),
  CEL205: error('Unusable value of an option', 'Celery refuses to start.'),
  CEL206: error('Option that looks misspelt', 'Celery refuses to start.'),
  CEL207: warning(
    'Option that Celery does not know',
    'Right for options that the application adds (app.user_options); else Celery refuses to start.',
  ),
  CEL208: error('Option of another Celery version', 'The stated version refuses to start.'),
  CEL209: warning(
    'Daemon option',
    'A pod needs none: logs go to standard error, and files of a previous container can block the start.',
  ),
  CEL210: warning('--autoscale', 'Its size inside a pod is seen neither by Kubernetes nor by an autoscaler of pods.'),
  CEL211: warning('--disable-prefetch without Redis', 'Other transports ignore it.'),
  CEL212: warning('Option or setting without effect in this pool', 'The pool ignores it.'),
  CEL213: warning(
    'Soft time limit not below the hard one',
    'The hard limit ends the task before it could react to the soft one.',
  ),
  CEL214: warning('Queue named twice', 'It is consumed once, or not at all where it is excluded too.'),
  CEL215: error('Unusable queue name', 'Queues are passed separated by commas.'),
  CEL216: warning(
    'Setting among the arguments',
    'It shows in the process list, and some settings are read before it is applied.',
  ),
  CEL217: error('Stray argument', 'Celery takes no further words and refuses to start.'),
  CEL218: error(
    'Pool without concurrency',
    'These pools run tasks on threads or greenlets: the number of CPUs says nothing about how many.',
  ),
  CEL219: warning('--without-mingle', 'A task that was revoked runs all the same after workers are replaced.'),

  CEL301: error('Unusable URL', 'Workers could not connect.'),
  CEL302: error('No bundled broker', 'The installation of the operator brings none.'),
  CEL303: warning('Password in a URL', 'Everyone who may read the application or its pods can read it.'),
  CEL304: warning('Sentinel without master_name', 'Redis Sentinel is asked for a master by name.'),
  CEL305: warning(
    'TLS that verifies nothing',
    'Unlike other clients, kombu takes any certificate for rediss:// unless ssl_cert_reqs says otherwise.',
  ),
  CEL306: warning('Management URL without RabbitMQ', 'Only RabbitMQ has this HTTP API.'),
  CEL307: warning(
    'Bundled results beside another broker',
    'rpc:// has no place of its own: results travel over the broker of the tasks.',
  ),

  CEL401: error(
    'Environment variable that changes the command',
    "Celery's command line reads it, against what the application says.",
  ),
  CEL402: warning('Environment variable that Celery reads', 'It can change how the worker starts or stops.'),
  CEL403: warning(
    'Environment variable that overrides the broker',
    'It wins over spec.broker or spec.resultBackend in the containers, while the operator goes by the fields.',
  ),
  CEL404: error('Reserved environment variable', 'The operator sets it.'),

  CEL501: error('Reserved volume or path', 'The settings are mounted there.'),
  CEL502: error('Merge directive', 'The template is merged by fixed rules; a directive would be passed on as a field.'),
  CEL503: warning('Part of a pod template without effect', 'A typed field wins.'),

  CEL601: error(
    'Ping that cannot be answered',
    'Kubernetes would restart healthy workers, or the probe would never say anything.',
  ),
  CEL602: warning(
    'Ping without a broker URL',
    'The probe learns the broker from its environment; without it every probe passes.',
  ),
  CEL603: warning(
    'Impatient liveness probe',
    'After an outage of the broker healthy workers need up to half a minute to answer again.',
  ),

  CEL611: error('Impossible strategy', 'Kubernetes refuses the Deployment.'),
  CEL612: error('Impossible disruption budget', 'Kubernetes refuses the PodDisruptionBudget.'),
  CEL613: warning('Disruption budget that lets no node be drained', 'An eviction of its pods is refused for ever.'),
  CEL701: error('Unusable entry of beat_schedule', 'Beat ends over it when it starts, and no entry runs.'),
  CEL702: error('Unusable schedule of an entry', 'Beat ends over it, sends without a pause, or waits for ever.'),
  CEL703: error(
    'Cron string without the agent',
    'JSON has no crontab objects: the agent makes them, and without it Celery is left with a string.',
  ),
  CEL704: warning(
    'Beat without entries',
    'It sends nothing, unless the application module defines entries of its own.',
  ),
  CEL705: warning(
    'Schedule that a new pod forgets',
    'The time of the last run is kept in a file: without it an interval starts anew and a missed run is not made up for.',
  ),
  CEL706: warning('Entries without beat', 'Workers do not send periodic tasks.'),
  CEL707: warning('Beat that nothing watches', 'A scheduler that stands still would stay so until somebody notices.'),
  CEL708: error('Unusable scheduler', 'Beat cannot import it and does not start.'),
  CEL709: warning('Scheduler that needs more', 'Beat does not start without it.'),
  CEL710: warning('Setting that a field of beat decides', 'The option on the command line wins.'),
  CEL801: error(
    'Autoscaling that cannot work',
    'No number of pods satisfies it, or nothing would ever change the number.',
  ),
  CEL802: error(
    'Queue length that KEDA cannot read',
    'KEDA reads Redis, Redis Sentinel and RabbitMQ, from its own pod.',
  ),
  CEL803: error(
    'Trigger beside queueLength',
    'A pool is scaled by the sum of its queues, which takes a formula; KEDA leaves all other triggers but cpu and memory out of it.',
  ),
  CEL804: warning(
    'Utilization without a request',
    'Without a request there is nothing to take per cent of, and the pool is not scaled.',
  ),
  CEL805: warning('Queue length without queues', 'Only queues that are named can be counted.'),
  CEL806: warning('replicas beside autoscaling', 'The autoscaler owns the number of pods.'),
  CEL901: error('Option of Flower that a field owns', 'The Service, the probes and the Ingress go by the fields.'),
  CEL902: error(
    'Credential among the arguments of Flower',
    'The command line of a process can be read by everything else in its pod and on its node, and stands in the application.',
  ),
  CEL903: error('Unusable value of an option of Flower', 'Flower ends, or reads something else than was meant.'),
  CEL904: error(
    'Argument that Flower drops',
    'Flower keeps only words of the form --name=value that name an option of its own; all others are lost without a word.',
  ),
  CEL905: error('Option of Flower that looks misspelt', 'Flower ignores it without a word, a login among the rest.'),
  CEL906: warning(
    'Option that Flower does not know',
    'It is ignored without a word, unless the image holds another Flower.',
  ),
  CEL907: error(
    'Flower open to the outside',
    'Its pages show arguments and results of tasks; without readOnly they stop workers and revoke tasks.',
  ),
  CEL908: warning(
    'Flower with a login that cannot be seen',
    'envFrom, a configuration file or its variable may bring one; the operator cannot tell.',
  ),
  CEL909: error(
    'Environment variable of Flower that a field owns',
    'The Service, the probes and the Ingress go by the fields.',
  ),
  CEL910: warning(
    'Path that is not the prefix',
    'The links of the pages start with urlPrefix: behind another path they lead elsewhere.',
  ),
  CEL911: error('nodePort without node ports', 'The API server would refuse the Service.'),
} as const satisfies { readonly [code: string]: Rule };

export type Code = keyof typeof CATALOGUE;

/**
 * A finding of a rule; its severity comes from the catalogue.
 * @param problem what is wrong, continuing the path; never a value that could be a secret
 * @param fix what to do, as an imperative
 */
export function finding(code: Code, path: string, problem: string, fix: string): Finding {
  return { code, severity: CATALOGUE[code].severity, path, problem, fix };
}
