import type { Finding } from '../finding.ts';
import { CELERY_CONTAINER, CONFIG_DIRECTORY, CONFIG_VOLUME, LABELS } from '../names.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { child, isMap, listAt, mapAt, member, textAt } from './read.ts';

function templates({ spec, workers, beat }: RuleContext): { readonly path: string; readonly template: unknown }[] {
  return [
    { path: 'spec.podTemplate', template: member(spec, 'podTemplate') },
    ...workers.map(({ path, worker }) => ({ path: `${path}.podTemplate`, template: member(worker, 'podTemplate') })),
    { path: 'spec.beat.podTemplate', template: member(beat?.beat, 'podTemplate') },
  ].filter(({ template }) => isMap(template));
}

/** CEL501: the volume and the directory of the settings. */
export function reservedVolume(context: RuleContext): Finding[] {
  return templates(context).flatMap(({ path, template }) => [
    ...listAt(template, 'spec', 'volumes').flatMap((volume, index) =>
      textAt(volume, 'name') === CONFIG_VOLUME
        ? [
            finding(
              'CEL501',
              `${path}.spec.volumes[${index}].name`,
              `${CONFIG_VOLUME} is the operator's own volume`,
              'give it another name',
            ),
          ]
        : [],
    ),
    ...listAt(template, 'spec', 'containers').flatMap((container, index) =>
      textAt(container, 'name') !== CELERY_CONTAINER
        ? []
        : listAt(container, 'volumeMounts').flatMap((mount, place) => {
            const where = textAt(mount, 'mountPath');
            return where !== undefined && where.replace(/\/+$/, '') === CONFIG_DIRECTORY
              ? [
                  finding(
                    'CEL501',
                    `${path}.spec.containers[${index}].volumeMounts[${place}].mountPath`,
                    `${CONFIG_DIRECTORY} holds the operator's settings`,
                    'mount it elsewhere',
                  ),
                ]
              : [];
          }),
    ),
  ]);
}

/** How much of a template is looked at: more than any real one holds. */
const MOST_NODES = 20_000;

/** CEL502: directives of kubectl's strategic merge ($patch, $retainKeys, $setElementOrder/…, $deleteFromPrimitiveList/…). */
export function mergeDirectives(context: RuleContext): Finding[] {
  return templates(context).flatMap(({ path, template }) => {
    const found: Finding[] = [];
    const waiting: { readonly path: string; readonly value: unknown }[] = [{ path, value: template }];
    for (let seen = 0; waiting.length > 0 && seen < MOST_NODES && found.length < 10; seen++) {
      const { path: at, value } = waiting.pop() ?? { path, value: null };
      // A very deep value would make a path of its own length at each level.
      if (at.length > 2000) continue;
      if (Array.isArray(value))
        waiting.push(...value.slice(0, 5000).map((item, index) => ({ path: `${at}[${index}]`, value: item })));
      else if (isMap(value))
        for (const [name, item] of Object.entries(value)) {
          if (/^\$(patch|retainKeys|setElementOrder|deleteFromPrimitiveList)(\/|$)/.test(name))
            found.push(
              finding(
                'CEL502',
                child(at, name),
                'merge directives are not supported in a pod template',
                'remove it; lists with Kubernetes merge keys are merged by them, others replace',
              ),
            );
          waiting.push({ path: child(at, name), value: item });
        }
    }
    return found;
  });
}

const OWN_FIELDS: { readonly [field: string]: string } = {
  command: 'the operator writes the command; options belong in workers[].args',
  args: 'options belong in workers[].args',
  image: 'write spec.image or workers[].image',
};

/** CEL503: what the typed fields decide. */
export function typedFieldsWin(context: RuleContext): Finding[] {
  return templates(context).flatMap(({ path, template }) => [
    ...Object.keys(mapAt(template, 'metadata', 'labels')).flatMap((name) =>
      (Object.values(LABELS) as string[]).includes(name)
        ? [finding('CEL503', child(`${path}.metadata.labels`, name), 'the operator sets this label', 'remove it')]
        : [],
    ),
    ...listAt(template, 'spec', 'containers').flatMap((container, index) =>
      textAt(container, 'name') !== CELERY_CONTAINER
        ? []
        : Object.entries(OWN_FIELDS).flatMap(([field, instead]) =>
            member(container, field) === undefined
              ? []
              : [
                  finding(
                    'CEL503',
                    `${path}.spec.containers[${index}].${field}`,
                    'has no effect',
                    `remove it; ${instead}`,
                  ),
                ],
          ),
    ),
    // Beat has no such field: its pod template decides.
    ...(path === 'spec.beat.podTemplate' ||
    member(mapAt(template, 'spec'), 'terminationGracePeriodSeconds') === undefined
      ? []
      : [
          finding(
            'CEL503',
            `${path}.spec.terminationGracePeriodSeconds`,
            'has no effect',
            'remove it; write workers[].terminationGracePeriodSeconds',
          ),
        ]),
  ]);
}
