import { argumentsOfWorkers, optionsThatHurt } from './arguments.ts';
import {
  possibleAutoscaling,
  readableQueues,
  replicasBesideAutoscaling,
  requestedResources,
  statedQueues,
  triggersBesideQueues,
} from './autoscaling.ts';
import { bundledBroker, passwordsInUrls, sentinelMaster, urls } from './broker.ts';
import type { Rule } from './context.ts';
import { environmentOfBroker, environmentOfCelery } from './environment.ts';
import { duplicateNames, importableApp, oneSource, unknownFieldNames } from './fields.ts';
import { answerablePing, patientProbe } from './liveness.ts';
import { mergeDirectives, reservedVolume, typedFieldsWin } from './pod-template.ts';
import { softBeforeHard, statedConcurrency, withoutEffect } from './pools.ts';
import { queueLists } from './queues.ts';
import {
  concurrencyTwice,
  harmfulSettings,
  poolInSettings,
  secretsInSettings,
  settingNamesAndTypes,
  urlsInSettings,
} from './settings.ts';

/** Every rule. The order decides nothing but ties: findings are sorted by path. */
export const RULES: readonly Rule[] = [
  unknownFieldNames,
  oneSource,
  duplicateNames,
  importableApp,
  settingNamesAndTypes,
  urlsInSettings,
  poolInSettings,
  concurrencyTwice,
  secretsInSettings,
  harmfulSettings,
  argumentsOfWorkers,
  optionsThatHurt,
  withoutEffect,
  softBeforeHard,
  statedConcurrency,
  queueLists,
  urls,
  bundledBroker,
  passwordsInUrls,
  sentinelMaster,
  environmentOfCelery,
  environmentOfBroker,
  reservedVolume,
  mergeDirectives,
  typedFieldsWin,
  answerablePing,
  patientProbe,
  possibleAutoscaling,
  readableQueues,
  triggersBesideQueues,
  requestedResources,
  statedQueues,
  replicasBesideAutoscaling,
];
