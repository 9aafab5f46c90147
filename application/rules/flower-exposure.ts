import { parseFlowerArgs } from '../../celery/command-line/flower.ts';
import type { Finding } from '../finding.ts';
import { CELERY_CONTAINER } from '../names.ts';
import { finding } from './catalogue.ts';
import { type RuleContext, wordsOf } from './context.ts';
import { flowerIn } from './flower-arguments.ts';
import { entriesOf, isMap, type JsonMap, listAt, mapAt, member, textAt, within } from './read.ts';

/** CEL907, CEL908: Flower that can be reached from outside the cluster asks for a login. */
export function exposedFlower(context: RuleContext): Finding[] {
  const flower = flowerIn(context);
  if (flower === undefined || member(flower, 'allowUnauthenticated') === true) return [];
  const open = openings(flower);
  if (open.length === 0) return [];
  const login = loginOf(flower, context);
  if (login === 'yes') return [];
  return open.map(({ path, what }) =>
    login === 'unknown'
      ? finding(
          'CEL908',
          path,
          `${what} reaches Flower from outside, and the application does not tell whether it asks for a login`,
          'write spec.flower.basicAuthSecretRef, or allowUnauthenticated: true once you know',
        )
      : finding(
          'CEL907',
          path,
          `${what} reaches Flower from outside, and no login is asked: everybody could read tasks' arguments and stop workers`,
          'write spec.flower.basicAuthSecretRef; where something else asks for a login, allowUnauthenticated: true',
        ),
  );
}

/** Every way in from outside that nothing before Flower guards. */
function openings(flower: JsonMap): { readonly path: string; readonly what: string }[] {
  const type = textAt(member(flower, 'service'), 'type');
  const ingress = member(flower, 'ingress');
  return [
    ...(type === 'NodePort' || type === 'LoadBalancer'
      ? [{ path: 'spec.flower.service.type', what: `a Service of type ${type}` }]
      : []),
    ...(isMap(ingress) && !guarded(mapAt(ingress, 'annotations'))
      ? [{ path: 'spec.flower.ingress', what: 'the Ingress' }]
      : []),
    ...(isMap(member(flower, 'httpRoute')) ? [{ path: 'spec.flower.httpRoute', what: 'the HTTPRoute' }] : []),
  ];
}

/**
 * Annotations by which Ingress controllers ask for a login: ingress-nginx (basic, external as with oauth2-proxy, client certificates),
 * F5 NGINX, Traefik's middlewares and Kong's plugins (what they do is not seen), HAProxy's two controllers, AWS ALB, Contour, Azure, Emissary.
 */
const GUARDS: readonly RegExp[] = [
  /^nginx\.ingress\.kubernetes\.io\/(auth-url|auth-type|auth-secret|auth-tls-secret)$/,
  /^nginx\.(org|com)\/(basic-auth-secret|jwt-key|policies)$/,
  /^traefik\.ingress\.kubernetes\.io\/(router\.middlewares|auth-type|router\.tls\.options)$/,
  /^konghq\.com\/plugins$/,
  /^haproxy\.org\/(auth-type|auth-secret|client-ca)$/,
  /^haproxy-ingress\.github\.io\/(auth-secret|auth-url|oauth|auth-tls-secret)$/,
  /^alb\.ingress\.kubernetes\.io\/(auth-type|mutual-authentication)$/,
  /^appgw\.ingress\.kubernetes\.io\/oidc/,
];

function guarded(annotations: JsonMap): boolean {
  return entriesOf(annotations).some(
    ([name, value]) =>
      typeof value === 'string' && !/^\s*(none)?\s*$/i.test(value) && GUARDS.some((one) => one.test(name)),
  );
}

const LOGIN_VARIABLES = new Set(['FLOWER_BASIC_AUTH', 'FLOWER_AUTH']);

/** Whether Flower itself asks for a login. "unknown": something the application does not show may say so. */
function loginOf(flower: JsonMap, { spec }: RuleContext): 'yes' | 'no' | 'unknown' {
  if (isMap(member(flower, 'basicAuthSecretRef'))) return 'yes';
  const containers = [spec, flower].flatMap((level) =>
    listAt(level, 'podTemplate', 'spec', 'containers').filter((one) => textAt(one, 'name') === CELERY_CONTAINER),
  );
  const levels: readonly unknown[] = [spec, flower, ...containers];
  const variables = levels.flatMap((level) => listAt(level, 'env'));
  const set = (entry: unknown): boolean =>
    within(entry, 'valueFrom') !== undefined || (textAt(entry, 'value') ?? '') !== '';
  if (variables.some((entry) => LOGIN_VARIABLES.has(textAt(entry, 'name') ?? '') && set(entry))) return 'yes';
  const options = parseFlowerArgs(wordsOf(flower)).flatMap((one) => (one.kind === 'option' ? [one] : []));
  const given = (name: string): boolean =>
    options.some(({ option, value }) => option.name === name && (value ?? '') !== '');
  // basic_auth is refused there by a rule of its own; one finding is enough.
  if (given('auth') || given('basic_auth')) return 'yes';
  if (given('conf') || variables.some((entry) => textAt(entry, 'name') === 'FLOWER_CONF')) return 'unknown';
  return levels.some((level) => listAt(level, 'envFrom').length > 0) ? 'unknown' : 'no';
}
