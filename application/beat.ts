import type { StatefulSet } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, PersistentVolumeClaim } from 'kubernetes-types/core/v1.js';
import { agentFiles } from '../celery/agent/files.ts';
import { buildBeatCommand } from '../celery/command-line/beat.ts';
import { type BrokerSecret, componentTemplate, configMap, configModule, defaultsMark, urls } from './component.ts';
import type { InjectionPlan } from './injection-plan.ts';
import { BEAT_MODULE, BEAT_NODE, beatName, childLabels, LABELS, SCHEDULE_VOLUME } from './names.ts';
import { ownerReference } from './owner-reference.ts';
import type { ResolvedApplication } from './resolve.ts';
import type { ResolvedBeat } from './resolve-beat.ts';

const PROBE = { periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 3, initialDelaySeconds: 10 } as const;
/** Group of a claim's files where nothing else says: a new volume usually belongs to root, and Celery runs as somebody else. */
const VOLUME_GROUP = 1000;

/** The settings and the plan of beat. */
export function beatConfigMap(application: ResolvedApplication, beat: ResolvedBeat, secret?: BrokerSecret): ConfigMap {
  const labels = childLabels(application.name, 'beat');
  const plan = beatPlan(application, beat, secret);
  return configMap(application, beatName(application.name), labels, beat.settings, plan, agentFiles);
}

/**
 * Beat as a StatefulSet of one. A Deployment would run two while the first one stops, with Recreate too, when its pod is
 * deleted; here the new pod has the name of the old one and cannot exist before that is gone.
 * @param config from beatConfigMap
 */
export function beatStatefulSet(
  application: ResolvedApplication,
  beat: ResolvedBeat,
  config: ConfigMap,
  secret?: BrokerSecret,
): StatefulSet {
  const name = beatName(application.name);
  const labels = childLabels(application.name, 'beat');
  const directory = directoryOf(beat.schedule);
  const { node, scheduler } = commandParts(application, beat);
  // Weaker than what users write: a volume of this name in their pod template takes its place.
  const volume = {
    spec: {
      ...(beat.storage === undefined
        ? { volumes: [{ name: SCHEDULE_VOLUME, emptyDir: {} }] }
        : { securityContext: { fsGroup: VOLUME_GROUP, fsGroupChangePolicy: 'OnRootMismatch' as const } }),
    },
  };
  const template = componentTemplate(
    application,
    {
      labels,
      image: beat.image,
      words: buildBeatCommand({
        ...(application.app === undefined ? {} : { app: application.app }),
        schedule: beat.schedule,
        ...(scheduler === undefined ? {} : { scheduler }),
        ...(beat.maxInterval === undefined ? {} : { maxInterval: beat.maxInterval }),
        ...(node === undefined ? {} : { node }),
        logLevel: beat.logLevel,
        args: beat.args,
      }),
      env: beat.env,
      envFrom: beat.envFrom,
      ...(beat.resources === undefined ? {} : { resources: beat.resources }),
      volumeMounts: [{ name: SCHEDULE_VOLUME, mountPath: directory }],
      podTemplates: [volume, ...beat.podTemplates],
    },
    beatPlan(application, beat, secret),
    config,
  );
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name,
      namespace: application.namespace,
      labels,
      ...defaultsMark(application),
      ownerReferences: [ownerReference(application)],
    },
    spec: {
      replicas: beat.replicas,
      revisionHistoryLimit: 5,
      serviceName: name,
      // OrderedReady waits for a pod that never becomes ready, and a corrected template would not reach it.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      selector: { matchLabels: { [LABELS.application]: application.name, [LABELS.component]: 'beat' } },
      template,
      ...(beat.storage === undefined ? {} : { volumeClaimTemplates: [claim(beat.storage)] }),
    },
  };
}

/** The schema admits only absolute paths with a directory. */
const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function claim({ size, className }: NonNullable<ResolvedBeat['storage']>): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: SCHEDULE_VOLUME },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(className === undefined ? {} : { storageClassName: className }),
    },
  };
}

/** With the agent its module stands in for the scheduler, and makes the wanted one. */
function commandParts(application: ResolvedApplication, beat: ResolvedBeat): { node?: string; scheduler?: string } {
  const scheduler = application.agent ? `${BEAT_MODULE}:scheduler` : beat.scheduler;
  return {
    ...(beat.liveness.kind === 'ping' ? { node: `${BEAT_NODE}@%h` } : {}),
    ...(scheduler === undefined ? {} : { scheduler }),
  };
}

function beatPlan(application: ResolvedApplication, beat: ResolvedBeat, secret?: BrokerSecret): InjectionPlan {
  const module = configModule(application);
  const { liveness } = beat;
  return {
    format: 1,
    application: application.name,
    component: 'beat',
    ...(module === undefined ? {} : { configModule: module }),
    ...urls(application, secret),
    ...(liveness.kind === 'ping' ? { ping: { node: BEAT_NODE, ...PROBE } } : {}),
    ...(liveness.kind === 'tick' || liveness.kind === 'schedule'
      ? {
          beatFile: {
            ...PROBE,
            kind: liveness.kind,
            path: liveness.kind === 'tick' ? `${directoryOf(beat.schedule)}/next-tick` : beat.schedule,
            maxAgeSeconds: liveness.maxAgeSeconds,
          },
        }
      : {}),
    ...(application.agent && beat.scheduler !== undefined ? { scheduler: beat.scheduler } : {}),
  };
}
