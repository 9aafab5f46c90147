import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, PersistentVolumeClaim, Probe, Service } from 'kubernetes-types/core/v1.js';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import { FLOWER_CONFIG, flowerFiles } from '../celery/agent/files.ts';
import { buildFlowerCommand, parseFlowerArgs } from '../celery/command-line/flower.ts';
import type { EnvVarSpec } from './celery-application.ts';
import type { ChildObject } from './child-object.ts';
import {
  type BrokerSecret,
  componentTemplate,
  configMap,
  configModule,
  defaultsMark,
  managementUrl,
  urls,
} from './component.ts';
import { FLOWER_PORT, LOGIN_VARIABLE, type ResolvedFlower } from './flower.ts';
import { flowerHttpRoute, flowerIngress } from './flower-routes.ts';
import type { InjectionPlan, ValueSource } from './injection-plan.ts';
import { CELERY_CONTAINER, CONFIG_DIRECTORY, childLabels, flowerName, LABELS } from './names.ts';
import { ownerReference } from './owner-reference.ts';
import type { PodTemplate } from './pod-template.ts';
import type { ResolvedApplication } from './resolve.ts';

const DATA_VOLUME = 'flower-data';
const DATA_DIRECTORY = '/var/lib/flower';
/** Name of the port in the pod. */
const PORT = 'http';
/** Pods get new names with every roll: without this the page would fill with workers of the past. */
const PURGE_SECONDS = 3600;
/** Flower's own default saves at its end only, which a killed pod never reaches. */
const SAVE_MILLISECONDS = 60_000;

/** Renders Flower's objects; pure. */
export function flowerChildren(
  application: ResolvedApplication,
  flower: ResolvedFlower,
  secret?: BrokerSecret,
): { configMap: ConfigMap; workloads: ChildObject[] } {
  const labels = childLabels(application.name, 'flower');
  const module = configModule(application);
  const plan: InjectionPlan = {
    format: 1,
    application: application.name,
    component: 'flower',
    ...(module === undefined ? {} : { configModule: module }),
    ...urls(application, secret),
  };
  const config = configMap(application, flowerName(application.name), labels, application.settings, plan, flowerFiles);
  const metadata: ObjectMeta = {
    name: flowerName(application.name),
    namespace: application.namespace,
    labels,
    ownerReferences: [ownerReference(application)],
  };
  return {
    configMap: config,
    workloads: [
      ...(flower.storage === undefined ? [] : [volumeClaim(metadata, flower.storage)]),
      deployment(application, flower, metadata, plan, config, secret),
      service(metadata, flower, application.name),
      ...flowerIngress(metadata, flower),
      ...flowerHttpRoute(metadata, flower),
    ],
  };
}

function deployment(
  application: ResolvedApplication,
  flower: ResolvedFlower,
  metadata: ObjectMeta,
  plan: InjectionPlan,
  config: ConfigMap,
  secret?: BrokerSecret,
): Deployment {
  const { basicAuth } = flower;
  const template = componentTemplate(
    application,
    {
      labels: metadata.labels ?? {},
      image: flower.image,
      words: words(application, flower),
      env: [
        ...flower.env,
        ...brokerApi(managementUrl(application, secret)),
        ...(basicAuth === undefined ? [] : [{ name: LOGIN_VARIABLE, valueFrom: { secretKeyRef: basicAuth } }]),
      ],
      envFrom: flower.envFrom,
      ...(flower.resources === undefined ? {} : { resources: flower.resources }),
      podTemplates: [...flower.podTemplates, ownTemplate(metadata.name ?? '', flower)],
    },
    plan,
    config,
  );
  const container = template.spec?.containers.find(({ name }) => name === CELERY_CONTAINER);
  if (container !== undefined) {
    // Flower starts in seconds; importing a large application may take longer.
    container.startupProbe ??= { ...probe(flower), periodSeconds: 2, failureThreshold: 60 };
    container.readinessProbe ??= { ...probe(flower), periodSeconds: 10, failureThreshold: 3 };
    // It answers with the broker away too: only a Flower that hangs falls silent.
    container.livenessProbe ??= { ...probe(flower), periodSeconds: 20, failureThreshold: 6 };
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, ...defaultsMark(application) },
    spec: {
      replicas: flower.replicas,
      revisionHistoryLimit: 5,
      selector: { matchLabels: { [LABELS.application]: application.name, [LABELS.component]: 'flower' } },
      // Two would share neither state nor the volume.
      strategy: { type: 'Recreate' },
      template,
    },
  };
}

/** The port and the volume: stronger than the user's templates, weaker than nothing else. */
function ownTemplate(claim: string, flower: ResolvedFlower): PodTemplate {
  return {
    spec: {
      ...(flower.storage === undefined
        ? {}
        : { volumes: [{ name: DATA_VOLUME, persistentVolumeClaim: { claimName: claim } }] }),
      containers: [
        {
          name: CELERY_CONTAINER,
          ports: [{ name: PORT, containerPort: FLOWER_PORT, protocol: 'TCP' }],
          ...(flower.storage === undefined ? {} : { volumeMounts: [{ name: DATA_VOLUME, mountPath: DATA_DIRECTORY }] }),
        },
      ],
    },
  };
}

function words(application: ResolvedApplication, flower: ResolvedFlower): string[] {
  const given = new Set(
    parseFlowerArgs(flower.args).flatMap((one) => (one.kind === 'option' ? [one.option.name] : [])),
  );
  return buildFlowerCommand({
    ...(application.app === undefined ? {} : { app: application.app }),
    port: FLOWER_PORT,
    ...(flower.urlPrefix === '' ? {} : { urlPrefix: flower.urlPrefix }),
    readOnly: flower.readOnly,
    ...(flower.storage === undefined ? {} : { db: `${DATA_DIRECTORY}/flower` }),
    ...(flower.storage === undefined || given.has('state_save_interval')
      ? {}
      : { stateSaveInterval: SAVE_MILLISECONDS }),
    ...(given.has('purge_offline_workers') ? {} : { purgeOfflineWorkers: PURGE_SECONDS }),
    // A file of the user's own replaces ours; without prefix and read-only mode there is nothing for it to do.
    ...(application.agent && (flower.urlPrefix !== '' || flower.readOnly) && !given.has('conf')
      ? { conf: `${CONFIG_DIRECTORY}/${FLOWER_CONFIG}` }
      : {}),
    args: flower.args,
  });
}

function probe(flower: ResolvedFlower): Probe {
  return {
    httpGet: { path: `${flower.urlPrefix}/healthcheck`, port: PORT, scheme: flower.tls ? 'HTTPS' : 'HTTP' },
    timeoutSeconds: 5,
  };
}

function service(metadata: ObjectMeta, { service: wanted, tls }: ResolvedFlower, application: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: withAnnotations(metadata, wanted.annotations),
    spec: {
      type: wanted.type,
      selector: { [LABELS.application]: application, [LABELS.component]: 'flower' },
      ports: [
        {
          // Without a name: only so the API server's service proxy finds it without one, as in …/services/shop-flower/proxy.
          port: wanted.port,
          targetPort: PORT,
          protocol: 'TCP',
          appProtocol: tls ? 'https' : 'http',
          ...(wanted.nodePort === undefined ? {} : { nodePort: wanted.nodePort }),
        },
      ],
    },
  };
}

function volumeClaim(metadata: ObjectMeta, storage: NonNullable<ResolvedFlower['storage']>): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
      resources: { requests: { storage: storage.size } },
    },
  };
}

function withAnnotations(metadata: ObjectMeta, annotations: Readonly<Record<string, string>>): ObjectMeta {
  return Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations: { ...annotations } };
}

/** Flower wants RabbitMQ's HTTP API with its path; Kubernetes puts the URL of a Secret into the second variable. */
function brokerApi(url: ValueSource | undefined): EnvVarSpec[] {
  if (url === undefined) return [];
  if ('value' in url) return [{ name: 'FLOWER_BROKER_API', value: `${url.value.replace(/\/+$/, '')}/api/` }];
  return [
    { name: 'CELERY_OPERATOR_MANAGEMENT_URL', valueFrom: { secretKeyRef: { ...url.secretKeyRef } } },
    { name: 'FLOWER_BROKER_API', value: '$(CELERY_OPERATOR_MANAGEMENT_URL)/api/' },
  ];
}
