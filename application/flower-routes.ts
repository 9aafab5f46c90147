import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';
import type { Ingress } from 'kubernetes-types/networking/v1.js';
import type { ChildObject } from './child-object.ts';
import type { ResolvedFlower } from './flower.ts';

/**
 * Flower's pages below its prefix (flower/urls.py, 1.0 to 2.2), except /metrics and /healthcheck: those it gives
 * without a login, and neither an Ingress nor an HTTPRoute can except a path from a wider one on every controller.
 */
const PAGES = ['worker', 'workers', 'task', 'tasks', 'broker', 'api', 'static', 'login', 'logout'] as const;

/** The Ingress, as a list of none or one. */
export function flowerIngress(metadata: ObjectMeta, { ingress, service }: ResolvedFlower): ChildObject[] {
  if (ingress === undefined) return [];
  const backend = { service: { name: metadata.name ?? '', port: { number: service.port } } };
  const { className, host, path, annotations, tlsSecretName } = ingress;
  const object: Ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations: { ...annotations } },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tlsSecretName === undefined
        ? {}
        : { tls: [{ ...(host === undefined ? {} : { hosts: [host] }), secretName: tlsSecretName }] }),
      rules: [
        {
          ...(host === undefined ? {} : { host }),
          http: {
            paths: [
              { path: `${path}/`, pathType: 'Exact', backend },
              ...PAGES.map((page) => ({ path: `${path}/${page}`, pathType: 'Prefix', backend })),
            ],
          },
        },
      ],
    },
  };
  return [object];
}

/** Matches a rule may have in every version of the Gateway API since v1.0. */
const MOST_MATCHES = 8;

/** The HTTPRoute, as a list of none or one. */
export function flowerHttpRoute(metadata: ObjectMeta, { httpRoute, service }: ResolvedFlower): ChildObject[] {
  if (httpRoute === undefined) return [];
  const { parentRefs, hostnames, path } = httpRoute;
  const matches = [
    { path: { type: 'Exact', value: `${path}/` } },
    ...PAGES.map((page) => ({ path: { type: 'PathPrefix', value: `${path}/${page}` } })),
  ];
  const backendRefs = [{ name: metadata.name ?? '', port: service.port }];
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata,
      spec: {
        parentRefs: [...parentRefs],
        ...(hostnames.length === 0 ? {} : { hostnames: [...hostnames] }),
        rules: [matches.slice(0, MOST_MATCHES), matches.slice(MOST_MATCHES)].map((some) => ({
          matches: some,
          backendRefs,
        })),
      },
    },
  ];
}
