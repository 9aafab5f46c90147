import { parseArgs } from 'node:util';

/** What a person may set. Flags win over environment variables. */
export interface Config {
  /** Namespace of the Service and the Secret. */
  readonly namespace: string;
  readonly serviceName: string;
  readonly validatingConfiguration: string;
  readonly mutatingConfiguration: string;
  readonly caSecret: string;
  readonly bundledBroker: 'redis' | 'rabbitmq' | undefined;
  readonly logLevel: string;
  readonly port: number;
  readonly metricsPort: number;
  /** Milliseconds between SIGTERM and the end of listening, in which endpoints forget this pod. */
  readonly drainDelay: number;
  /** Set: certificates are somebody else's business. */
  readonly files: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** What is wrong with the settings, in one sentence. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

interface Setting {
  readonly fallback?: string;
  readonly help: string;
}

const SETTINGS = {
  NAMESPACE: { help: 'namespace of the Service and of the CA Secret (required)' },
  SERVICE_NAME: { fallback: 'celery-operator-webhook', help: 'Service that the webhook configurations name' },
  VALIDATING_CONFIGURATION: { fallback: 'celery-operator', help: 'name of the ValidatingWebhookConfiguration' },
  MUTATING_CONFIGURATION: { fallback: 'celery-operator', help: 'name of the MutatingWebhookConfiguration' },
  CA_SECRET: { fallback: 'celery-operator-webhook-ca', help: 'Secret that holds the certificate authority' },
  BUNDLED_BROKER: { fallback: '', help: 'redis or rabbitmq where the chart brought one along, else empty' },
  LOG_LEVEL: { fallback: 'info', help: 'trace, debug, info, warn, error, fatal' },
  PORT: { fallback: '9443', help: 'TLS port for the API server' },
  METRICS_PORT: { fallback: '8080', help: 'plain HTTP port for /healthz, /readyz and /metrics' },
  DRAIN_SECONDS: { fallback: '5', help: 'how long to go on serving after SIGTERM' },
  TLS_CERT_FILE: {
    fallback: '',
    help: 'PEM certificate made elsewhere (cert-manager); then the caBundle is not touched',
  },
  TLS_KEY_FILE: { fallback: '', help: 'its private key' },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];
const flagOf = (name: Name): string => name.toLowerCase().replaceAll('_', '-');

/** The text of --help. */
export function help(): string {
  const lines = NAMES.map((name) => {
    const { help: text, fallback }: Setting = SETTINGS[name];
    return `  --${flagOf(name).padEnd(26)}${name.padEnd(26)}${text}${fallback ? ` [${fallback}]` : ''}`;
  });
  return [
    'celery-operator webhook: the admission server. Each option has an environment variable; options win.',
    '',
    ...lines,
  ].join('\n');
}

/**
 * Reads the configuration.
 * @returns undefined when help was asked for
 * @throws ConfigError
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config | undefined {
  const options = Object.fromEntries(NAMES.map((name) => [flagOf(name), { type: 'string' as const }]));
  let values: Record<string, unknown>;
  try {
    values = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : 'the options cannot be read');
  }
  if (values.help === true) return undefined;
  const text = (name: Name): string => {
    const { fallback }: Setting = SETTINGS[name];
    return String(values[flagOf(name)] ?? env[name] ?? fallback ?? '').trim();
  };
  const bundledBroker = text('BUNDLED_BROKER');
  return {
    namespace: required(text, 'NAMESPACE'),
    serviceName: required(text, 'SERVICE_NAME'),
    validatingConfiguration: required(text, 'VALIDATING_CONFIGURATION'),
    mutatingConfiguration: required(text, 'MUTATING_CONFIGURATION'),
    caSecret: required(text, 'CA_SECRET'),
    bundledBroker: oneOf('BUNDLED_BROKER', bundledBroker, ['', 'redis', 'rabbitmq'] as const) || undefined,
    logLevel: oneOf('LOG_LEVEL', text('LOG_LEVEL').toLowerCase(), [
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'fatal',
    ] as const),
    port: number('PORT', text('PORT'), 65_535),
    metricsPort: number('METRICS_PORT', text('METRICS_PORT'), 65_535),
    drainDelay: 1000 * number('DRAIN_SECONDS', text('DRAIN_SECONDS'), 300),
    files: filesOf(text('TLS_CERT_FILE'), text('TLS_KEY_FILE')),
  };
}

function required(text: (name: Name) => string, name: Name): string {
  const value = text(name);
  if (value === '') throw new ConfigError(`${name} (--${flagOf(name)}) must be set: ${SETTINGS[name].help}`);
  return value;
}

function oneOf<T extends string>(name: Name, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new ConfigError(`${name} is ${JSON.stringify(value)}; it must be ${choices.filter(Boolean).join(', ')}`);
}

function number(name: Name, value: string, most: number): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= most) return Number(value);
  throw new ConfigError(`${name} is ${JSON.stringify(value)}; it must be a whole number from 0 to ${most}`);
}

function filesOf(certFile: string, keyFile: string): Config['files'] {
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile !== '' && keyFile !== '') return { certFile, keyFile };
  throw new ConfigError('TLS_CERT_FILE and TLS_KEY_FILE must be set together');
}
