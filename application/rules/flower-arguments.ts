import { type FlowerArgument, parseFlowerArgs } from '../../celery/command-line/flower.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import { type RuleContext, wordsOf } from './context.ts';
import { isMap, type JsonMap, member } from './read.ts';

/** Flower's part of the spec, where there is one. */
export function flowerIn({ spec }: RuleContext): JsonMap | undefined {
  const flower = member(spec, 'flower');
  return isMap(flower) ? flower : undefined;
}

/** What the operator passes itself, and the field that decides it. */
const OWNED: { readonly [option: string]: string } = {
  port: 'remove it; the port of the Service is spec.flower.service.port',
  address: 'remove it; the Service and the probes need every address of the pod',
  unix_socket: 'remove it; the Service and the probes need the port',
  url_prefix: 'remove it and write spec.flower.urlPrefix',
  read_only: 'remove it and write spec.flower.readOnly',
  persistent: 'remove it and write spec.flower.storage',
  db: 'remove it and write spec.flower.storage',
};

/** Where a credential belongs instead of the command line. */
const SECRET: { readonly [option: string]: string } = {
  basic_auth: 'remove it and write spec.flower.basicAuthSecretRef',
  broker_api: 'remove it and set FLOWER_BROKER_API in spec.flower.env with valueFrom.secretKeyRef',
  oauth2_secret: 'remove it and set FLOWER_OAUTH2_SECRET in spec.flower.env with valueFrom.secretKeyRef',
  cookie_secret: 'remove it and set FLOWER_COOKIE_SECRET in spec.flower.env with valueFrom.secretKeyRef',
};

/** CEL901 to CEL906, CEL204: each word of flower.args. */
export function argumentsOfFlower(context: RuleContext): Finding[] {
  const flower = flowerIn(context);
  if (flower === undefined) return [];
  const words = parseFlowerArgs(wordsOf(flower));
  return words.flatMap((argument, place) => judged(argument, words.slice(0, place)));
}

/** An unknown word is shown as far as it is surely an option's name: behind it a secret may stand. */
const shown = (written: string): string => /^--?[A-Za-z0-9][A-Za-z0-9_-]{0,40}/.exec(written)?.[0] ?? 'the option';

function judged(argument: FlowerArgument, earlier: readonly FlowerArgument[]): Finding[] {
  const path = `spec.flower.args[${argument.index}]`;
  switch (argument.kind) {
    case 'word':
      // $(NAME) may stand for an option: Kubernetes expands it when the container starts.
      return argument.value.startsWith('$(')
        ? []
        : [
            finding(
              'CEL904',
              path,
              'is no option, and Flower drops it',
              'write options only, each with its value in one item: --name=value',
            ),
          ];
    case 'global':
      return [
        finding(
          'CEL904',
          path,
          `${shown(argument.written)} is an option of celery itself, and Flower drops it`,
          'remove it; the application belongs in spec.app, the broker in spec.broker',
        ),
      ];
    case 'unknown':
      return argument.suggestion === undefined
        ? [
            finding(
              'CEL906',
              path,
              `${shown(argument.written)} is not an option of Flower 2.2, which drops what it does not know`,
              'remove it unless the Flower in the image has it',
            ),
          ]
        : [
            finding(
              'CEL905',
              path,
              `${shown(argument.written)} is not an option of Flower, which would drop it`,
              `write ${argument.suggestion}`,
            ),
          ];
    case 'option':
      return ofOption(argument, path, earlier);
  }
}

function ofOption(
  { option, written, problem }: Extract<FlowerArgument, { kind: 'option' }>,
  path: string,
  earlier: readonly FlowerArgument[],
): Finding[] {
  if (option.name === 'help') return [finding('CEL901', path, `${written} prints the help and ends`, 'remove it')];
  const owned = OWNED[option.name];
  if (owned !== undefined) return [finding('CEL901', path, `${written} is decided by a field`, owned)];
  const secret = SECRET[option.name];
  if (secret !== undefined)
    return [finding('CEL902', path, `${written} puts a credential into the process list`, secret)];
  const before = earlier.find((other) => other.kind === 'option' && other.option.name === option.name);
  return [
    ...(problem === undefined
      ? []
      : [finding('CEL903', path, `${written} ${problem}`, `write ${written.replace(/^-+/, '--')}=<value>`)]),
    ...(before === undefined
      ? []
      : [finding('CEL204', path, `${written} is given twice, first in args[${before.index}]`, 'keep one of them')]),
  ];
}
