import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import { lastOption, type RuleContext, type WorkerContext } from './context.ts';
import { member } from './read.ts';

/** What each refused option would do, and what to do instead. */
const REFUSED: { readonly [option: string]: readonly [problem: string, fix: string] } = {
  purge: [
    'deletes every waiting task each time a pod starts',
    'remove it; to empty a queue once, run `celery purge` by hand',
  ],
  detach: ['sends the worker into the background, and the container ends', 'remove it'],
  beat: [
    'starts a scheduler in every pod of the pool, and each sends every periodic task',
    'remove it and run one `celery beat` of its own',
  ],
  hostname: [
    'renames the node, and the liveness probe asks for the name that the operator gave',
    'remove it; the node is called <pool>@<pod>',
  ],
  schedule_filename: ['belongs to --beat, which cannot run in a worker', 'remove it'],
  scheduler: ['belongs to --beat, which cannot run in a worker', 'remove it'],
  help: ['prints the help and ends', 'remove it'],
};

const OWNED: { readonly [option: string]: string } = {
  concurrency: 'concurrency',
  pool: 'pool',
  queues: 'queues',
  exclude_queues: 'excludeQueues',
  loglevel: 'logLevel',
};

const DAEMON = new Set(['pidfile', 'logfile', 'uid', 'gid', 'umask', 'executable']);

/** CEL201 to CEL209, CEL216, CEL217, CEL219: each word of workers[].args. */
export function argumentsOfWorkers(context: RuleContext): Finding[] {
  return context.workers.flatMap((worker) => [
    ...unknownOptions(worker, context),
    ...knownOptions(worker),
    ...twice(worker),
    ...furtherWords(worker),
  ]);
}

const at = (worker: WorkerContext, index: number): string => `${worker.path}.args[${index}]`;

/** An unknown word is shown as far as it is surely an option's name: behind it a secret may stand. */
const shown = (written: string): string => /^--?[A-Za-z0-9][A-Za-z0-9-]{0,40}/.exec(written)?.[0] ?? 'the option';

function unknownOptions(worker: WorkerContext, { version }: RuleContext): Finding[] {
  return worker.args.unknown.map(({ written, index, kind, suggestion }) => {
    const name = shown(written);
    if (kind === 'global')
      return name === '-A' || name === '--app'
        ? finding('CEL201', at(worker, index), `${name} cannot stand behind "worker"`, 'remove it and write spec.app')
        : finding(
            'CEL201',
            at(worker, index),
            `${name} is an option of celery itself and cannot stand behind "worker"`,
            'remove it; the broker belongs in spec.broker, settings in config',
          );
    if (kind === 'version')
      return finding(
        'CEL208',
        at(worker, index),
        `${name} does not exist in Celery ${version}`,
        `remove it, or run Celery ${suggestion} or later and state that in spec.celeryVersion`,
      );
    if (/\s/.test(written))
      return finding(
        'CEL206',
        at(worker, index),
        `${name} and its value are one word, which Celery does not split`,
        `write ${name}=<value>, or two list items`,
      );
    return suggestion === undefined
      ? finding(
          'CEL207',
          at(worker, index),
          `${name} is not an option of celery worker`,
          'remove it unless the application adds it (app.user_options)',
        )
      : finding('CEL206', at(worker, index), `${name} is not an option of celery worker`, `write ${suggestion}`);
  });
}

function knownOptions(worker: WorkerContext): Finding[] {
  return worker.args.options.flatMap(({ option, written, index, problem }) => {
    const where = at(worker, index);
    const refused = REFUSED[option.name];
    if (refused !== undefined) return [finding('CEL202', where, `${written} ${refused[0]}`, refused[1])];
    const field = OWNED[option.name];
    if (field !== undefined)
      return [
        member(worker.worker, field) === undefined
          ? finding(
              'CEL203',
              where,
              `${written} is passed by the operator too`,
              `remove it and write ${worker.path}.${field}`,
            )
          : finding('CEL203', where, `${written} contradicts ${field}`, `remove it, ${worker.path}.${field} says it`),
      ];
    const found: Finding[] = [];
    if (problem !== undefined)
      found.push(
        finding(
          'CEL205',
          where,
          `${written} ${problem}`,
          'correct the value; `celery worker --help` names what it takes',
        ),
      );
    if (DAEMON.has(option.name))
      found.push(
        finding('CEL209', where, `${written} is for daemons`, 'remove it; Kubernetes collects logs and sets the user'),
      );
    if (option.name === 'without_mingle')
      found.push(finding('CEL219', where, `${written} makes new workers forget revoked tasks`, 'remove it'));
    return found;
  });
}

function twice(worker: WorkerContext): Finding[] {
  const first = new Map<string, number>();
  return worker.args.options.flatMap(({ option, written, index }) => {
    const earlier = first.get(option.name);
    if (earlier === undefined) {
      first.set(option.name, index);
      return [];
    }
    // A repeated flag says the same thing.
    if (option.value === 'flag' || Object.hasOwn(OWNED, option.name) || Object.hasOwn(REFUSED, option.name)) return [];
    return [
      finding('CEL204', at(worker, index), `${written} is given twice, first in args[${earlier}]`, 'keep one of them'),
    ];
  });
}

function furtherWords(worker: WorkerContext): Finding[] {
  return [
    ...worker.args.settings.map(({ index }) =>
      finding('CEL216', at(worker, index), 'sets a setting on the command line', `move it to ${worker.path}.config`),
    ),
    // $(NAME) may stand for an option: Kubernetes expands it when the container starts.
    ...worker.args.positionals
      .filter(({ value }) => !value.startsWith('$('))
      .map(({ index }) =>
        finding(
          'CEL217',
          at(worker, index),
          'is neither an option nor the value of one',
          'remove it; write options only, without "celery" and "worker"',
        ),
      ),
  ];
}

/** CEL210: sizing inside the pod. CEL211: prefetch by transport. */
export function optionsThatHurt({ workers, transport }: RuleContext): Finding[] {
  return workers.flatMap((worker) => {
    const found: Finding[] = [];
    const autoscale = lastOption(worker.args, 'autoscale');
    if (autoscale !== undefined)
      found.push(
        finding(
          'CEL210',
          at(worker, autoscale.index),
          '--autoscale changes the concurrency inside the pod',
          member(worker.worker, 'autoscaling') === undefined
            ? 'prefer a fixed concurrency and more replicas'
            : 'remove it; autoscaling changes the number of pods, and each would undo what the other does',
        ),
      );
    const prefetch = lastOption(worker.args, 'disable_prefetch');
    if (prefetch !== undefined && transport !== undefined && transport !== 'redis' && transport !== 'sentinel')
      found.push(
        finding(
          'CEL211',
          at(worker, prefetch.index),
          '--disable-prefetch works with Redis only',
          'remove it and set worker_prefetch_multiplier: 1 in config',
        ),
      );
    return found;
  });
}
