import { BEAT_OPTIONS, type CommandOption, WORKER_OPTIONS } from '../../celery/command-line/options.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { listAt, member, textAt, within } from './read.ts';
import { hasPlainPassword } from './secrets.ts';

interface Variable {
  readonly path: string;
  readonly name: string;
  readonly value: string | undefined;
}

function variables({ spec, workers, beat }: RuleContext): Variable[] {
  const of = (path: string, list: readonly unknown[]): Variable[] =>
    list.flatMap((entry, index) => {
      const name = textAt(entry, 'name');
      return name === undefined ? [] : [{ path: `${path}[${index}]`, name, value: textAt(entry, 'value') }];
    });
  return [
    ...of('spec.env', listAt(spec, 'env')),
    ...workers.flatMap(({ path, worker }) => of(`${path}.env`, listAt(worker, 'env'))),
    ...of('spec.beat.env', listAt(beat?.beat, 'env')),
  ];
}

/** Celery's command line (click, auto_envvar_prefix=CELERY) reads CELERY_<COMMAND>_<OPTION> for every option of a command. */
const OPTION_VARIABLES = new Map<string, CommandOption>([
  ...WORKER_OPTIONS.map((option) => [`CELERY_WORKER_${option.name.toUpperCase()}`, option] as const),
  ...BEAT_OPTIONS.map((option) => [`CELERY_BEAT_${option.name.toUpperCase()}`, option] as const),
]);
const REFUSED_OPTIONS = new Set(['purge', 'detach', 'beat', 'help']);

/** CEL401, CEL402, CEL404: variables that change what the worker's command line means. */
export function environmentOfCelery(context: RuleContext): Finding[] {
  const ours = member(context.spec, 'agent') !== 'Disabled' || member(context.spec, 'app') === undefined;
  return variables(context).flatMap((variable) => {
    const { name } = variable;
    const path = `${variable.path}.name`;
    if (name.startsWith('CELERY_OPERATOR_'))
      return [finding('CEL404', path, `${name} is set by the operator`, 'remove it')];
    switch (name) {
      case 'APP':
      case 'CELERY_APP':
        return [
          member(context.spec, 'app') === undefined
            ? finding(
                'CEL401',
                path,
                `Celery reads ${name} as its option --app`,
                'write spec.app, or rename the variable',
              )
            : finding(
                'CEL402',
                path,
                `Celery reads ${name} as its option --app wherever the command does not give one`,
                'rename the variable if the image allows it',
              ),
        ];
      case 'CONFIG_MODULE':
      case 'CELERY_CONFIG':
      case 'CELERY_CONFIG_MODULE':
        return ours
          ? [
              finding(
                'CEL401',
                path,
                `Celery reads ${name} as the module of its settings, and those of config would be lost`,
                'remove it and write the settings in spec.config, or set spec.agent to Disabled and write spec.app',
              ),
            ]
          : [];
      case 'LOADER':
      case 'CELERY_LOADER':
        return [
          finding(
            'CEL402',
            path,
            `Celery reads ${name} as its option --loader and ends when it cannot be imported`,
            'remove it unless the image brings that loader',
          ),
        ];
      case 'REMAP_SIGTERM':
        return [
          finding(
            'CEL402',
            path,
            'it makes a stopping worker end its running tasks at once',
            'remove it; the grace period lets them finish',
          ),
        ];
    }
    const option = OPTION_VARIABLES.get(name);
    if (option === undefined) return [];
    const long = option.long[0] ?? '';
    return [
      REFUSED_OPTIONS.has(option.name)
        ? finding('CEL401', path, `Celery reads ${name} as its option ${long}`, 'remove it')
        : finding(
            'CEL402',
            path,
            `Celery reads ${name} as its option ${long}`,
            `use the field or ${name.startsWith('CELERY_BEAT_') ? 'beat.args' : 'workers[].args'} instead, or rename the variable`,
          ),
    ];
  });
}

const BROKER_VARIABLES = new Set([
  'CELERY_BROKER_URL',
  'CELERY_BROKER_READ_URL',
  'CELERY_BROKER_WRITE_URL',
  'BROKER_URL',
  'CELERY_BROKER',
]);
const BACKEND_VARIABLES = new Set(['CELERY_RESULT_BACKEND', 'RESULT_BACKEND']);

/** CEL403: variables that win over the fields; CEL303: passwords in them. */
export function environmentOfBroker(context: RuleContext): Finding[] {
  const brokerKnown = within(context.spec, 'broker', 'fromImage') === undefined;
  const backendKnown = member(context.spec, 'resultBackend') !== undefined;
  return variables(context).flatMap(({ path, name, value }) => {
    const found: Finding[] = [];
    if (brokerKnown && BROKER_VARIABLES.has(name))
      found.push(
        finding(
          'CEL403',
          `${path}.name`,
          `${name} wins over spec.broker`,
          'remove it, or set spec.broker to {fromImage: {}}',
        ),
      );
    if (backendKnown && BACKEND_VARIABLES.has(name))
      found.push(
        finding(
          'CEL403',
          `${path}.name`,
          `${name} wins over spec.resultBackend`,
          'remove it, or remove spec.resultBackend',
        ),
      );
    if (value !== undefined && hasPlainPassword(value))
      found.push(
        finding(
          'CEL303',
          `${path}.value`,
          'holds a password in plain text',
          'take it from a Secret with valueFrom.secretKeyRef',
        ),
      );
    return found;
  });
}
