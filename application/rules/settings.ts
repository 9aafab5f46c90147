import { checkSetting, type SettingProblemKind } from '../../celery/settings/check.ts';
import type { Finding } from '../finding.ts';
import { type Code, finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { child, entriesOf, type JsonMap, mapAt, member } from './read.ts';
import { hasPlainPassword, namesSecret } from './secrets.ts';

const CODES: { readonly [kind in SettingProblemKind]: Code } = {
  'near-miss': 'CEL101',
  'old-name': 'CEL102',
  'other-version': 'CEL103',
  'wrong-type': 'CEL104',
  unserialisable: 'CEL105',
  'some-versions': 'CEL106',
};

/** Every place that holds settings. */
export function settingsPlaces({
  spec,
  workers,
}: RuleContext): { readonly path: string; readonly settings: JsonMap }[] {
  return [
    { path: 'spec.config', settings: mapAt(spec, 'config') },
    ...workers.map(({ path, worker }) => ({ path: `${path}.config`, settings: mapAt(worker, 'config') })),
  ];
}

/** CEL101 to CEL106: names and types, by the stated version. */
export function settingNamesAndTypes(context: RuleContext): Finding[] {
  return settingsPlaces(context).flatMap(({ path, settings }) =>
    entriesOf(settings).flatMap(([name, value]) => {
      if (belongsElsewhere(name) !== undefined) return [];
      const problem = checkSetting(name, value, context.version);
      return problem === undefined
        ? []
        : [finding(CODES[problem.kind], child(path, name), problem.problem, problem.fix)];
    }),
  );
}

const BROKER = new Set([
  'broker_url',
  'broker_read_url',
  'broker_write_url',
  'broker_host',
  'broker_port',
  'broker_user',
  'broker_password',
  'broker_vhost',
]);

/** The field that a setting, by its new or old name, should be written in. */
function belongsElsewhere(name: string): string | undefined {
  const lower = name.toLowerCase();
  const bare = name === lower ? name : lower.replace(/^celery_/, '');
  if (BROKER.has(bare)) return 'spec.broker';
  return bare === 'result_backend' ? 'spec.resultBackend' : undefined;
}

/** CEL107: URLs of broker and result backend belong in their fields. */
export function urlsInSettings(context: RuleContext): Finding[] {
  return settingsPlaces(context).flatMap(({ path, settings }) =>
    entriesOf(settings).flatMap(([name]) => {
      const field = belongsElsewhere(name);
      if (field === undefined) return [];
      return [
        finding(
          'CEL107',
          child(path, name),
          `belongs in ${field}`,
          `move it to ${field}.url, or better to ${field}.urlFrom`,
        ),
      ];
    }),
  );
}

/** CEL108: the pool is chosen by its field. */
export function poolInSettings(context: RuleContext): Finding[] {
  return settingsPlaces(context).flatMap(({ path, settings }) =>
    member(settings, 'worker_pool') === undefined
      ? []
      : [
          finding(
            'CEL108',
            `${path}.worker_pool`,
            'the pool is chosen by a field of its own',
            'remove it and write workers[].pool',
          ),
        ],
  );
}

/** CEL109: concurrency given twice for one pool. An application-wide default under a pool's own number is no contradiction. */
export function concurrencyTwice({ workers }: RuleContext): Finding[] {
  return workers.flatMap(({ path, worker }) => {
    const setting = member(mapAt(worker, 'config'), 'worker_concurrency');
    const field = member(worker, 'concurrency');
    return setting === undefined || field === undefined || setting === field
      ? []
      : [finding('CEL109', `${path}.config.worker_concurrency`, 'has no effect beside concurrency', 'remove it')];
  });
}

/** CEL110, and CEL303 for URLs: secrets in plain text among the settings. */
export function secretsInSettings(context: RuleContext): Finding[] {
  return settingsPlaces(context).flatMap(({ path, settings }) =>
    entriesOf(settings).flatMap(([name, value]) => {
      if (belongsElsewhere(name) !== undefined || typeof value !== 'string' || value === '') return [];
      if (namesSecret(name))
        return [
          finding(
            'CEL110',
            child(path, name),
            'is a secret in plain text',
            'set it in the application module from an environment variable, and that with env[].valueFrom.secretKeyRef',
          ),
        ];
      return hasPlainPassword(value)
        ? [
            finding(
              'CEL303',
              child(path, name),
              'holds a password in plain text',
              'set it in the application module from an environment variable, and that with env[].valueFrom.secretKeyRef',
            ),
          ]
        : [];
    }),
  );
}

/** CEL111 to CEL114: settings that are legal and hurt. */
export function harmfulSettings(context: RuleContext): Finding[] {
  return settingsPlaces(context).flatMap(({ path, settings }) => {
    const found: Finding[] = [];
    if (settings.task_always_eager === true)
      found.push(
        finding(
          'CEL111',
          `${path}.task_always_eager`,
          'tasks would never reach a worker',
          'remove it; it is meant for tests',
        ),
      );
    for (const name of ['broker_connection_retry', 'broker_connection_retry_on_startup'])
      if (settings[name] === false)
        found.push(
          finding(
            'CEL112',
            `${path}.${name}`,
            'workers end when the broker is away for a moment',
            'remove it, or set it to true',
          ),
        );
    const retries = settings.broker_connection_max_retries;
    if (typeof retries === 'number' && retries > 0 && retries < 10)
      found.push(
        finding(
          'CEL112',
          `${path}.broker_connection_max_retries`,
          'workers end after a short outage of the broker',
          'remove it (100 by default), or set it to null to retry for ever',
        ),
      );
    if (settings.task_reject_on_worker_lost === true)
      found.push(
        finding(
          'CEL113',
          `${path}.task_reject_on_worker_lost`,
          'a task that kills its worker comes back for ever',
          'make sure that the broker limits redelivery, or remove it',
        ),
      );
    if (settings.worker_prefetch_multiplier === 0 && settings.worker_disable_prefetch !== true)
      found.push(
        finding(
          'CEL114',
          `${path}.worker_prefetch_multiplier`,
          'one worker takes the whole queue into memory',
          'set it to 1 or more',
        ),
      );
    return found;
  });
}
