import type { ParsedArgs } from '../../celery/command-line/parse.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import { lastOption, type RuleContext } from './context.ts';
import { LIMIT_FIELDS } from './limits.ts';
import { type JsonMap, member } from './read.ts';

/** The arguments of one component, with what its command makes of them. */
interface Arguments {
  readonly command: 'worker' | 'beat';
  /** spec.workers[0] or spec.beat */
  readonly path: string;
  readonly fields: JsonMap;
  readonly args: ParsedArgs;
  /** What each refused option would do, and what to do instead. */
  readonly refused: { readonly [option: string]: readonly [problem: string, fix: string] };
  /** Options that a field writes. */
  readonly owned: { readonly [option: string]: string };
  /** Where settings belong. */
  readonly settings: string;
}

const REFUSED: Arguments['refused'] = {
  purge: [
    'deletes every waiting task each time a pod starts',
    'remove it; to empty a queue once, run `celery purge` by hand',
  ],
  detach: ['sends the worker into the background, and the container ends', 'remove it'],
  beat: [
    'starts a scheduler in every pod of the pool, and each sends every periodic task',
    'remove it and write spec.beat: {}, which runs exactly one',
  ],
  hostname: [
    'renames the node, and the liveness probe asks for the name that the operator gave',
    'remove it; the node is called <pool>@<pod>',
  ],
  schedule_filename: ['belongs to --beat, which cannot run in a worker', 'remove it'],
  scheduler: ['belongs to --beat, which cannot run in a worker', 'remove it'],
  help: ['prints the help and ends', 'remove it'],
};

const OWNED: Arguments['owned'] = {
  concurrency: 'concurrency',
  pool: 'pool',
  queues: 'queues',
  exclude_queues: 'excludeQueues',
  loglevel: 'logLevel',
};

/** Fields that pass an option only where they are set. */
const SOMETIMES: ReadonlyMap<string, string> = new Map(LIMIT_FIELDS.map(({ option, field }) => [option, field]));

const BEAT_REFUSED: Arguments['refused'] = {
  detach: ['sends beat into the background, and the container ends', 'remove it'],
  hostname: ['renames the node, and the liveness probe asks for celerybeat@<pod>', 'remove it'],
  pidfile: ['leaves a file that blocks the next start', 'remove it; Kubernetes runs exactly one beat'],
  help: ['prints the help and ends', 'remove it'],
};

const BEAT_OWNED: Arguments['owned'] = {
  schedule: 'schedule',
  scheduler: 'scheduler',
  max_interval: 'maxIntervalSeconds',
  loglevel: 'logLevel',
};

const DAEMON = new Set(['pidfile', 'logfile', 'uid', 'gid', 'umask', 'executable']);

/** CEL201 to CEL209, CEL216, CEL217, CEL219: each word of workers[].args and beat.args. */
export function argumentsOfComponents(context: RuleContext): Finding[] {
  return argumentLists(context).flatMap((list) => [
    ...unknownOptions(list, context),
    ...knownOptions(list),
    ...twice(list),
    ...furtherWords(list),
  ]);
}

function argumentLists({ workers, beat }: RuleContext): Arguments[] {
  const pools = workers.map(
    ({ path, worker, args }): Arguments => ({
      command: 'worker',
      path,
      fields: worker,
      args,
      refused: REFUSED,
      owned: OWNED,
      settings: `${path}.config`,
    }),
  );
  if (beat === undefined) return pools;
  const own: Arguments = {
    command: 'beat',
    path: 'spec.beat',
    fields: beat.beat,
    args: beat.args,
    refused: BEAT_REFUSED,
    owned: BEAT_OWNED,
    settings: 'spec.config',
  };
  return [...pools, own];
}

const at = ({ path }: { readonly path: string }, index: number): string => `${path}.args[${index}]`;

/** An unknown word is shown as far as it is surely an option's name: behind it a secret may stand. */
const shown = (written: string): string => /^--?[A-Za-z0-9][A-Za-z0-9-]{0,40}/.exec(written)?.[0] ?? 'the option';

function unknownOptions(list: Arguments, { version }: RuleContext): Finding[] {
  return list.args.unknown.map(({ written, index, kind, suggestion }) => {
    const name = shown(written);
    if (kind === 'global')
      return name === '-A' || name === '--app'
        ? finding(
            'CEL201',
            at(list, index),
            `${name} cannot stand behind "${list.command}"`,
            'remove it and write spec.app',
          )
        : finding(
            'CEL201',
            at(list, index),
            `${name} is an option of celery itself and cannot stand behind "${list.command}"`,
            'remove it; the broker belongs in spec.broker, settings in config',
          );
    if (kind === 'version')
      return finding(
        'CEL208',
        at(list, index),
        `${name} does not exist in Celery ${version}`,
        `remove it, or run Celery ${suggestion} or later and state that in spec.celeryVersion`,
      );
    if (/\s/.test(written))
      return finding(
        'CEL206',
        at(list, index),
        `${name} and its value are one word, which Celery does not split`,
        `write ${name}=<value>, or two list items`,
      );
    return suggestion === undefined
      ? finding(
          'CEL207',
          at(list, index),
          `${name} is not an option of celery ${list.command}`,
          'remove it unless the application adds it (app.user_options)',
        )
      : finding('CEL206', at(list, index), `${name} is not an option of celery ${list.command}`, `write ${suggestion}`);
  });
}

function knownOptions(list: Arguments): Finding[] {
  return list.args.options.flatMap(({ option, written, index, problem }) => {
    const where = at(list, index);
    const refused = list.refused[option.name];
    if (refused !== undefined) return [finding('CEL202', where, `${written} ${refused[0]}`, refused[1])];
    const field = list.owned[option.name] ?? setField(list, option.name);
    if (field !== undefined)
      return [
        member(list.fields, field) === undefined
          ? finding(
              'CEL203',
              where,
              `${written} is passed by the operator too`,
              `remove it and write ${list.path}.${field}`,
            )
          : finding('CEL203', where, `${written} contradicts ${field}`, `remove it, ${list.path}.${field} says it`),
      ];
    const found: Finding[] = [];
    if (problem !== undefined)
      found.push(
        finding(
          'CEL205',
          where,
          `${written} ${problem}`,
          `correct the value; \`celery ${list.command} --help\` names what it takes`,
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

/** The field of a worker that passes this option, if it is set. */
function setField({ command, fields }: Arguments, option: string): string | undefined {
  const field = command === 'worker' ? SOMETIMES.get(option) : undefined;
  return field !== undefined && member(fields, field) !== undefined ? field : undefined;
}

function twice(list: Arguments): Finding[] {
  const first = new Map<string, number>();
  return list.args.options.flatMap(({ option, written, index }) => {
    const earlier = first.get(option.name);
    if (earlier === undefined) {
      first.set(option.name, index);
      return [];
    }
    // A repeated flag says the same thing.
    if (option.value === 'flag' || Object.hasOwn(list.owned, option.name) || Object.hasOwn(list.refused, option.name))
      return [];
    return [
      finding('CEL204', at(list, index), `${written} is given twice, first in args[${earlier}]`, 'keep one of them'),
    ];
  });
}

function furtherWords(list: Arguments): Finding[] {
  return [
    ...list.args.settings.map(({ index }) =>
      finding('CEL216', at(list, index), 'sets a setting on the command line', `move it to ${list.settings}`),
    ),
    // $(NAME) may stand for an option: Kubernetes expands it when the container starts.
    ...list.args.positionals
      .filter(({ value }) => !value.startsWith('$('))
      .map(({ index }) =>
        finding(
          'CEL217',
          at(list, index),
          'is neither an option nor the value of one',
          `remove it; write options only, without "celery" and "${list.command}"`,
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
