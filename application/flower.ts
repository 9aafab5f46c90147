import type { EnvFromSource, ResourceRequirements } from 'kubernetes-types/core/v1.js';
import { parseFlowerArgs } from '../celery/command-line/flower.ts';
import type { EnvVarSpec, Spec } from './celery-application.ts';
import { normalPath } from './flower-path.ts';
import { flowerName } from './names.ts';
import type { PodDefaults } from './pod-defaults.ts';
import type { PodTemplate } from './pod-template.ts';
import { mergeByName, podTemplatesOf } from './pod-templates.ts';

export type FlowerSpec = NonNullable<Spec['flower']>;

/** Port on which Flower listens in its pod, and that of its Service where none is asked for. */
export const FLOWER_PORT = 5555;

/** Flower with every default filled in and everything inherited. */
export interface ResolvedFlower {
  readonly image: string;
  readonly args: readonly string[];
  /** "/a/b", or "" for none. */
  readonly urlPrefix: string;
  readonly basicAuth?: { readonly name: string; readonly key: string };
  /** 1, or 0 while the application is suspended. */
  readonly replicas: 0 | 1;
  readonly readOnly: boolean;
  readonly storage?: { readonly size: string; readonly className?: string };
  readonly service: {
    readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
    readonly port: number;
    readonly nodePort?: number;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly ingress?: {
    readonly className?: string;
    readonly host?: string;
    readonly path: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly tlsSecretName?: string;
  };
  readonly httpRoute?: {
    readonly parentRefs: readonly object[];
    readonly hostnames: readonly string[];
    readonly path: string;
  };
  /** Whether Flower itself speaks TLS (--certfile and --keyfile). */
  readonly tls: boolean;
  readonly env: readonly EnvVarSpec[];
  readonly envFrom: readonly EnvFromSource[];
  readonly resources?: ResourceRequirements;
  /** Shared first, Flower's own second: to be merged in this order. */
  readonly podTemplates: readonly PodTemplate[];
}

/**
 * Fills in defaults. The prefix is urlPrefix, else the path of the Ingress or of the HTTPRoute; their paths default to it.
 * @param flower spec.flower
 * @param spec the whole, for what is inherited
 * @param defaults of the installation
 */
export function resolveFlower(flower: FlowerSpec, spec: Spec, defaults: PodDefaults): ResolvedFlower {
  const env = mergeByName(spec.env ?? [], flower.env ?? []);
  const { service = {}, ingress, httpRoute, basicAuthSecretRef: login, storage } = flower;
  const urlPrefix = normalPath(flower.urlPrefix ?? ingress?.path ?? httpRoute?.path ?? '');
  return {
    replicas: spec.suspend === true ? 0 : 1,
    image: flower.image ?? spec.image,
    args: flower.args ?? [],
    urlPrefix,
    ...(login === undefined ? {} : { basicAuth: { name: login.name, key: login.key } }),
    readOnly: flower.readOnly ?? false,
    ...(storage === undefined
      ? {}
      : {
          storage: {
            size: storage.size,
            ...(storage.className === undefined ? {} : { className: storage.className }),
          },
        }),
    service: {
      type: service.type ?? 'ClusterIP',
      port: service.port ?? FLOWER_PORT,
      ...(service.nodePort === undefined ? {} : { nodePort: service.nodePort }),
      annotations: service.annotations ?? {},
    },
    ...(ingress === undefined
      ? {}
      : {
          ingress: {
            ...(ingress.className === undefined ? {} : { className: ingress.className }),
            ...(ingress.host === undefined ? {} : { host: ingress.host }),
            path: normalPath(ingress.path ?? urlPrefix),
            annotations: ingress.annotations ?? {},
            ...(ingress.tlsSecretName === undefined ? {} : { tlsSecretName: ingress.tlsSecretName }),
          },
        }),
    ...(httpRoute === undefined
      ? {}
      : {
          httpRoute: {
            parentRefs: httpRoute.parentRefs,
            hostnames: httpRoute.hostnames ?? [],
            path: normalPath(httpRoute.path ?? urlPrefix),
          },
        }),
    tls: parseFlowerArgs(flower.args ?? []).some((one) => one.kind === 'option' && one.option.name === 'certfile'),
    // The typed field wins; the rules refuse both together.
    env: login === undefined ? env : env.filter(({ name }) => name !== LOGIN_VARIABLE),
    envFrom: [...(spec.envFrom ?? []), ...(flower.envFrom ?? [])] as EnvFromSource[],
    ...(flower.resources === undefined ? {} : { resources: flower.resources as ResourceRequirements }),
    podTemplates: podTemplatesOf([spec.podTemplate, flower.podTemplate], flower.resources, defaults),
  };
}

/** Flower splits its value at commas: user:password,user2:password2. */
export const LOGIN_VARIABLE = 'FLOWER_BASIC_AUTH';

/**
 * Where a person finds Flower: behind the Ingress or HTTPRoute that names a host, else inside the cluster. Always ends in "/".
 * @param application its name and namespace
 */
export function flowerUrl(application: { name: string; namespace: string }, flower: ResolvedFlower): string {
  const { ingress, httpRoute, service } = flower;
  if (ingress?.host !== undefined && !ingress.host.startsWith('*'))
    return `${ingress.tlsSecretName === undefined ? 'http' : 'https'}://${ingress.host}${ingress.path}/`;
  const named = httpRoute?.hostnames.find((hostname) => !hostname.startsWith('*'));
  // Whether the Gateway's listener speaks TLS is not known here; one that does redirects.
  if (named !== undefined) return `http://${named}${httpRoute?.path}/`;
  const host = `${flowerName(application.name)}.${application.namespace}.svc:${service.port}`;
  return `${flower.tls ? 'https' : 'http'}://${host}${flower.urlPrefix}/`;
}
