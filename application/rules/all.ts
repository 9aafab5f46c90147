import { argumentsOfComponents, optionsThatHurt } from './arguments.ts';
import {
  possibleAutoscaling,
  readableQueues,
  replicasBesideAutoscaling,
  requestedResources,
  statedQueues,
  triggersBesideQueues,
} from './autoscaling.ts';
import { beatAndItsEntries, importableScheduler, rememberedSchedule, settingsOfBeat, watchedBeat } from './beat.ts';
import { scheduleEntries, scheduleTimes } from './beat-schedule.ts';
import {
  bundledBroker,
  bundledResults,
  managementUrls,
  passwordsInUrls,
  sentinelMaster,
  urls,
  verifiedTls,
} from './broker.ts';
import type { Rule } from './context.ts';
import { environmentOfBroker, environmentOfCelery } from './environment.ts';
import { duplicateNames, importableApp, oneSource, unknownFieldNames } from './fields.ts';
import { environmentOfFlower, nodePortOfFlower, pathsOfFlower } from './flower.ts';
import { argumentsOfFlower } from './flower-arguments.ts';
import { exposedFlower } from './flower-exposure.ts';
import { limitsTwice } from './limits.ts';
import { answerablePing, patientProbe } from './liveness.ts';
import { mergeDirectives, reservedVolume, typedFieldsWin } from './pod-template.ts';
import { softBeforeHard, statedConcurrency, withoutEffect } from './pools.ts';
import { queueLists } from './queues.ts';
import { possibleBudget, possibleStrategy } from './rollout.ts';
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
  limitsTwice,
  secretsInSettings,
  harmfulSettings,
  argumentsOfComponents,
  optionsThatHurt,
  withoutEffect,
  softBeforeHard,
  statedConcurrency,
  queueLists,
  urls,
  bundledBroker,
  passwordsInUrls,
  sentinelMaster,
  verifiedTls,
  managementUrls,
  bundledResults,
  environmentOfCelery,
  environmentOfBroker,
  reservedVolume,
  mergeDirectives,
  typedFieldsWin,
  answerablePing,
  patientProbe,
  possibleStrategy,
  possibleBudget,
  scheduleEntries,
  scheduleTimes,
  beatAndItsEntries,
  rememberedSchedule,
  watchedBeat,
  importableScheduler,
  settingsOfBeat,
  argumentsOfFlower,
  environmentOfFlower,
  exposedFlower,
  pathsOfFlower,
  nodePortOfFlower,
  possibleAutoscaling,
  readableQueues,
  triggersBesideQueues,
  requestedResources,
  statedQueues,
  replicasBesideAutoscaling,
];
