import { parseBrokerUrl } from '../../celery/broker-url.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { mapAt, member, textAt, within } from './read.ts';
import { hasPlainPassword } from './secrets.ts';

const REDIS = /^(redis|rediss|sentinel|valkeys?):\/\//i;

/** CEL301: URLs that workers could not open. */
export function urls({ spec }: RuleContext): Finding[] {
  const broker = textAt(member(spec, 'broker'), 'url');
  const backend = textAt(member(spec, 'resultBackend'), 'url');
  const useSsl = member(mapAt(spec, 'config'), 'redis_backend_use_ssl') !== undefined;
  return [
    ...(broker === undefined ? [] : brokerUrl('spec.broker.url', broker)),
    ...(backend === undefined ? [] : resultBackendUrl('spec.resultBackend.url', backend, useSsl)),
  ];
}

const unusable = (path: string, problem: string, fix: string): Finding[] => [finding('CEL301', path, problem, fix)];

function brokerUrl(path: string, text: string): Finding[] {
  const parsed = parseBrokerUrl(text);
  if ('problem' in parsed) return unusable(path, parsed.problem, parsed.fix);
  return text.split(';').some((url) => certificateCheck(url) === 'unknown')
    ? unusable(path, 'has an ssl_cert_reqs that nothing knows', `write ?${REQUIRED}, or none to check nothing`)
    : [];
}

/** Result backends have a vocabulary of their own (celery/app/backends.py); checked on 5.3 to 5.7. */
function resultBackendUrl(path: string, text: string, useSsl: boolean): Finding[] {
  const scheme = /^([A-Za-z0-9.]+):\/\//.exec(text)?.[1]?.toLowerCase() ?? '';
  const instead = INSTEAD[scheme];
  if (instead !== undefined)
    return unusable(path, `has the scheme ${scheme}, which is no result backend of Celery`, `write ${instead}`);
  if (!REDIS.test(text)) return [];
  if (scheme !== 'sentinel' && text.includes(';'))
    return unusable(
      path,
      'is a list, and only a broker or Sentinel may have several URLs',
      'write one URL, or use sentinel://',
    );
  const parsed = parseBrokerUrl(text);
  if ('problem' in parsed) return unusable(path, parsed.problem, parsed.fix);
  const check = certificateCheck(text);
  return scheme === 'rediss' && !useSsl && (check === 'absent' || check === 'unknown')
    ? unusable(path, 'lacks a valid ssl_cert_reqs, without which Celery refuses it', `end it with ?${REQUIRED}`)
    : [];
}

/** Schemes that look right and end in ModuleNotFoundError or ImproperlyConfigured. */
const INSTEAD: { readonly [scheme: string]: string } = {
  postgresql: 'db+postgresql://',
  postgres: 'db+postgresql://',
  mysql: 'db+mysql://',
  sqlite: 'db+sqlite://',
  amqp: 'rpc://',
  amqps: 'rpc://',
  pyamqp: 'rpc://',
};

const REQUIRED = 'ssl_cert_reqs=required';

/** What a URL says of the server's certificate. A reference such as $(X) counts as required. */
function certificateCheck(url: string): 'absent' | 'none' | 'required' | 'unknown' {
  const value = /[?&]ssl_cert_reqs=([^&#]*)/.exec(url)?.[1];
  if (value === undefined) return 'absent';
  if (/^(none|CERT_NONE)$/.test(value)) return 'none';
  return /^(required|optional|CERT_REQUIRED|CERT_OPTIONAL)$/.test(value) || value.includes('$(')
    ? 'required'
    : 'unknown';
}

/** CEL305: rediss:// as kombu reads it verifies nothing unless it is told to (kombu/utils/url.py, 5.3 to 5.7). */
export function verifiedTls({ spec }: RuleContext): Finding[] {
  if (member(mapAt(spec, 'config'), 'broker_use_ssl') !== undefined) return [];
  const text = textAt(member(spec, 'broker'), 'url') ?? '';
  return text.split(';').some((url) => /^rediss:\/\//i.test(url) && certificateCheck(url) === 'absent')
    ? [
        finding(
          'CEL305',
          'spec.broker.url',
          "encrypts, but does not check the server's certificate",
          `add ?${REQUIRED}&ssl_ca_certs=<file>, or ?ssl_cert_reqs=none where that is meant`,
        ),
      ]
    : [];
}

/** CEL301 and CEL306: RabbitMQ's HTTP API. */
export function managementUrls({ spec, transport }: RuleContext): Finding[] {
  const broker = member(spec, 'broker');
  const text = textAt(broker, 'managementUrl');
  const set = ['managementUrl', 'managementUrlFrom'].find((name) => member(broker, name) !== undefined);
  if (set === undefined) return [];
  if (transport !== undefined && transport !== 'amqp')
    return [finding('CEL306', `spec.broker.${set}`, 'has no effect: the broker is not RabbitMQ', 'remove it')];
  if (text === undefined || text.startsWith('$(')) return [];
  const fix = 'write http://host:15672 or https://host, as RabbitMQ serves its management pages';
  if (!/^https?:\/\/[^/?#]+/.test(text) || /\s/.test(text))
    return unusable('spec.broker.managementUrl', "is not the URL of RabbitMQ's HTTP API", fix);
  return /\/api\/?$/.test(text)
    ? unusable('spec.broker.managementUrl', 'ends in /api, which is added by whoever asks', 'remove /api')
    : [];
}

/** CEL307: rpc:// goes over the application's own broker, so results of the bundled RabbitMQ need it as broker. */
export function bundledResults({ spec, installation }: RuleContext): Finding[] {
  if (installation.bundledBroker !== 'rabbitmq' || within(spec, 'resultBackend', 'bundled') === undefined) return [];
  return within(spec, 'broker', 'bundled') !== undefined
    ? []
    : [
        finding(
          'CEL307',
          'spec.resultBackend.bundled',
          'is rpc:// in this installation, which returns results over spec.broker and not over the bundled RabbitMQ',
          'write spec.resultBackend.url: rpc:// if that is meant, or the URL of a result backend',
        ),
      ];
}

/** CEL302: bundled needs the chart's broker. */
export function bundledBroker({ spec, installation }: RuleContext): Finding[] {
  if (installation.bundledBroker !== undefined) return [];
  return ['broker', 'resultBackend'].flatMap((field) =>
    within(spec, field, 'bundled') === undefined
      ? []
      : [
          finding(
            'CEL302',
            `spec.${field}.bundled`,
            'this installation of the operator has no bundled broker',
            `install the chart with broker.enabled=true, or write spec.${field}.urlFrom or spec.${field}.url`,
          ),
        ],
  );
}

/** CEL303: passwords in URLs. */
export function passwordsInUrls({ spec }: RuleContext): Finding[] {
  return [
    ['broker', 'url', 'urlFrom'],
    ['broker', 'managementUrl', 'managementUrlFrom'],
    ['resultBackend', 'url', 'urlFrom'],
  ].flatMap(([field = '', name = '', instead = '']) => {
    const text = textAt(member(spec, field), name);
    return text !== undefined && hasPlainPassword(text)
      ? [
          finding(
            'CEL303',
            `spec.${field}.${name}`,
            'holds a password in plain text',
            `put the whole URL into a Secret and name it in spec.${field}.${instead}.secretKeyRef`,
          ),
        ]
      : [];
  });
}

/** CEL304: Sentinel asks for a master by name. */
export function sentinelMaster({ spec, transport }: RuleContext): Finding[] {
  const backend = textAt(member(spec, 'resultBackend'), 'url') ?? '';
  return [
    ...(transport === 'sentinel' ? masterOf(spec, 'spec.broker.url', 'broker_transport_options') : []),
    ...(/^sentinel:\/\//i.test(backend)
      ? masterOf(spec, 'spec.resultBackend.url', 'result_backend_transport_options')
      : []),
  ];
}

function masterOf(spec: RuleContext['spec'], path: string, setting: string): Finding[] {
  return member(mapAt(spec, 'config', setting), 'master_name') !== undefined
    ? []
    : [
        finding(
          'CEL304',
          path,
          'Redis Sentinel needs the name of its master',
          `write config.${setting}.master_name, unless the application sets it`,
        ),
      ];
}
