import { parseBrokerUrl } from '../../celery/broker-url.ts';
import type { Finding } from '../finding.ts';
import { finding } from './catalogue.ts';
import type { RuleContext } from './context.ts';
import { mapAt, member, textAt, within } from './read.ts';
import { hasPlainPassword } from './secrets.ts';

/** CEL301: the broker's URL, and a result backend's where it is Redis. Other result backends have a vocabulary of their own. */
export function urls({ spec }: RuleContext): Finding[] {
  const broker = textAt(member(spec, 'broker'), 'url');
  const backend = textAt(member(spec, 'resultBackend'), 'url');
  return [
    ...(broker === undefined ? [] : url('spec.broker.url', broker)),
    ...(backend !== undefined && /^(redis|rediss|sentinel|valkeys?):\/\//i.test(backend)
      ? url('spec.resultBackend.url', backend)
      : []),
  ];
}

function url(path: string, text: string): Finding[] {
  const parsed = parseBrokerUrl(text);
  return 'problem' in parsed ? [finding('CEL301', path, parsed.problem, parsed.fix)] : [];
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
  return ['broker', 'resultBackend'].flatMap((field) => {
    const text = textAt(member(spec, field), 'url');
    return text !== undefined && hasPlainPassword(text)
      ? [
          finding(
            'CEL303',
            `spec.${field}.url`,
            'holds a password in plain text',
            `put the whole URL into a Secret and name it in spec.${field}.urlFrom.secretKeyRef`,
          ),
        ]
      : [];
  });
}

/** CEL304: Sentinel asks for a master by name. */
export function sentinelMaster({ spec, transport }: RuleContext): Finding[] {
  if (transport !== 'sentinel') return [];
  const options = mapAt(spec, 'config', 'broker_transport_options');
  return member(options, 'master_name') !== undefined
    ? []
    : [
        finding(
          'CEL304',
          'spec.broker.url',
          'Redis Sentinel needs the name of its master',
          'write config.broker_transport_options.master_name, unless the application sets it',
        ),
      ];
}
