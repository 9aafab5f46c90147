import { type ParsedArgs, parseBeatArgs, parseWorkerArgs } from '../../celery/command-line/parse.ts';
import { LINES, type Line } from '../../celery/settings/tables.ts';
import { transportOf } from '../../celery/transports.ts';
import type { Finding } from '../finding.ts';
import type { Installation } from '../installation.ts';
import { isMap, type JsonMap, listAt, mapAt, member, textAt, within } from './read.ts';

/** One worker pool as the rules see it. */
export interface WorkerContext {
  /** spec.workers[0] */
  readonly path: string;
  readonly worker: JsonMap;
  /** Effective pool: typed field or prefork. */
  readonly pool: string;
  /** Settings of the application under those of the pool. */
  readonly settings: JsonMap;
  readonly args: ParsedArgs;
}

/** The scheduler as the rules see it. */
export interface BeatContext {
  readonly beat: JsonMap;
  readonly args: ParsedArgs;
}

/** What every rule gets: the spec with what several rules would otherwise read again. Nothing in it is trusted. */
export interface RuleContext {
  readonly spec: JsonMap;
  /** Stated Celery line, where it is one we know. */
  readonly version: Line | undefined;
  readonly installation: Installation;
  readonly workers: readonly WorkerContext[];
  /** Undefined: there is no spec.beat. */
  readonly beat: BeatContext | undefined;
  /** Transport of the broker, where the application tells it. */
  readonly transport: string | undefined;
}

/** A rule: pure, and safe on any JSON. */
export type Rule = (context: RuleContext) => Iterable<Finding>;

export function contextOf(spec: JsonMap, installation: Installation): RuleContext {
  const stated = textAt(spec, 'celeryVersion');
  const version = LINES.find((line) => line === stated);
  return {
    spec,
    version,
    installation,
    workers: listAt(spec, 'workers').flatMap((worker, index) =>
      isMap(worker) ? [workerContext(worker, `spec.workers[${index}]`, spec, version)] : [],
    ),
    beat: beatContext(spec, version),
    transport: transportIn(spec, installation),
  };
}

function workerContext(worker: JsonMap, path: string, spec: JsonMap, version: Line | undefined): WorkerContext {
  return {
    path,
    worker,
    pool: textAt(worker, 'pool') ?? 'prefork',
    settings: { ...mapAt(spec, 'config'), ...mapAt(worker, 'config') },
    args: parseWorkerArgs(wordsOf(worker), version),
  };
}

function beatContext(spec: JsonMap, version: Line | undefined): BeatContext | undefined {
  const beat = member(spec, 'beat');
  return isMap(beat) ? { beat, args: parseBeatArgs(wordsOf(beat), version) } : undefined;
}

/** The arguments as text; what is no text keeps its place, so that indexes stay right. */
export function wordsOf(worker: JsonMap): string[] {
  return listAt(worker, 'args').map((word) => (typeof word === 'string' ? word : ''));
}

function transportIn(spec: JsonMap, installation: Installation): string | undefined {
  const broker = member(spec, 'broker');
  if (within(broker, 'bundled') !== undefined)
    return installation.bundledBroker === 'rabbitmq' ? 'amqp' : installation.bundledBroker;
  const scheme = /^([A-Za-z][A-Za-z0-9+._-]*):\/\//.exec(textAt(broker, 'url') ?? '')?.[1];
  return scheme === undefined ? undefined : transportOf(scheme);
}

/** Effective value of an option in a pool's arguments: the last one wins, as in click. */
export function lastOption(
  args: ParsedArgs,
  name: string,
): { readonly value?: string; readonly index: number } | undefined {
  return args.options.findLast(({ option }) => option.name === name);
}
