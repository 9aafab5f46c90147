import type { Affinity, PodSpec, ResourceRequirements, Toleration } from 'kubernetes-types/core/v1.js';
import { CELERY_CONTAINER } from './names.ts';
import type { PodTemplate } from './pod-template.ts';

/** What an installation of the operator gives every pod of every application: the chart's value `defaults`. */
export interface PodDefaults {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly podSecurityContext?: PodSpec['securityContext'];
  /** Of Celery's container. */
  readonly securityContext?: NonNullable<PodSpec['containers'][number]['securityContext']>;
  /** Of Celery's container, where the application states none at all: half of each could contradict the other. */
  readonly resources?: ResourceRequirements;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly nodeSelector?: Record<string, string>;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: Affinity;
  readonly priorityClassName?: string;
}

/**
 * The defaults as the weakest pod template.
 * @param statesResources whether the application says anything about the resources of this component
 * @returns undefined where nothing is left to say
 */
export function defaultsTemplate(defaults: PodDefaults, statesResources: boolean): PodTemplate | undefined {
  const { labels, annotations, podSecurityContext, securityContext, resources, ...placement } = defaults;
  const container = stated({ securityContext, resources: statesResources ? undefined : stated(resources ?? {}) });
  const template = stated({
    metadata: stated({ labels, annotations }),
    spec: stated({
      ...placement,
      securityContext: podSecurityContext,
      containers: container === undefined ? undefined : [{ name: CELERY_CONTAINER, ...container }],
    }),
  });
  return template as PodTemplate | undefined;
}

/** Drops what is empty, as the chart's own values are; undefined where nothing is left. */
function stated(fields: object): object | undefined {
  const left = Object.entries(fields).filter(([, value]) => !isEmpty(value));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);
