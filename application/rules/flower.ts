import type { Finding } from '../finding.ts';
import { normalPath } from '../flower-path.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { flowerIn } from './flower-arguments.ts';
import { listAt, member, textAt } from './read.ts';

/** What a variable would change behind the operator's back. */
const REFUSED: { readonly [name: string]: string } = {
  FLOWER_PORT: 'remove it; the port of the Service is spec.flower.service.port',
  FLOWER_ADDRESS: 'remove it; the Service and the probes need every address of the pod',
  FLOWER_UNIX_SOCKET: 'remove it; the Service and the probes need the port',
  FLOWER_URL_PREFIX: 'remove it and write spec.flower.urlPrefix',
};

/** CEL909: variables that Flower reads as options which the operator needs to know. CEL110: a login written out. */
export function environmentOfFlower(context: RuleContext): Finding[] {
  const flower = flowerIn(context);
  if (flower === undefined) return [];
  return [
    ...variables('spec.env', listAt(context.spec, 'env')),
    ...variables('spec.flower.env', listAt(flower, 'env')),
  ].flatMap(({ path, name, value }) => {
    const instead = REFUSED[name];
    if (instead !== undefined)
      return [finding('CEL909', `${path}.name`, `Flower reads ${name} as its option`, instead)];
    if (name === 'FLOWER_BASIC_AUTH' && member(flower, 'basicAuthSecretRef') !== undefined)
      return [
        finding('CEL909', `${path}.name`, `${name} is set from spec.flower.basicAuthSecretRef`, 'keep one of them'),
      ];
    return value !== undefined && value !== '' && /^FLOWER_(BASIC_AUTH|OAUTH2_SECRET|COOKIE_SECRET)$/.test(name)
      ? [
          finding(
            'CEL110',
            `${path}.value`,
            'is a secret in plain text',
            name === 'FLOWER_BASIC_AUTH'
              ? 'write spec.flower.basicAuthSecretRef'
              : 'take it from a Secret with valueFrom.secretKeyRef',
          ),
        ]
      : [];
  });
}

function variables(
  path: string,
  list: readonly unknown[],
): { path: string; name: string; value: string | undefined }[] {
  return list.flatMap((entry, index) => {
    const name = textAt(entry, 'name');
    return name === undefined ? [] : [{ path: `${path}[${index}]`, name, value: textAt(entry, 'value') }];
  });
}

/** CEL910: a path that is not the prefix works only where the proxy rewrites it. */
export function pathsOfFlower(context: RuleContext): Finding[] {
  const flower = flowerIn(context);
  const prefix = textAt(flower, 'urlPrefix');
  if (prefix === undefined) {
    const [ingress, route] = ['ingress', 'httpRoute'].map((way) => textAt(member(flower, way), 'path'));
    if (ingress === undefined || route === undefined || normalPath(ingress) === normalPath(route)) return [];
    return [
      finding(
        'CEL910',
        'spec.flower.httpRoute.path',
        'differs from the path of the Ingress, and Flower knows one prefix only',
        'give both the same path',
      ),
    ];
  }
  return ['ingress', 'httpRoute'].flatMap((way) => {
    const path = textAt(member(flower, way), 'path');
    return path === undefined || normalPath(path) === normalPath(prefix)
      ? []
      : [
          finding(
            'CEL910',
            `spec.flower.${way}.path`,
            'differs from urlPrefix, and links of the page would lead elsewhere',
            'remove it, or give both the same path',
          ),
        ];
  });
}

/** CEL911: the API server refuses a node port where there are none. */
export function nodePortOfFlower(context: RuleContext): Finding[] {
  const service = member(flowerIn(context), 'service');
  const type = textAt(service, 'type') ?? 'ClusterIP';
  return member(service, 'nodePort') !== undefined && type === 'ClusterIP'
    ? [
        finding(
          'CEL911',
          'spec.flower.service.nodePort',
          'a Service of type ClusterIP has no port on the nodes',
          'remove it, or set type to NodePort',
        ),
      ]
    : [];
}
