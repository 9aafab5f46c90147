import { type DestinationStream, type Logger, pino } from 'pino';

/** What this room needs of a logger. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** Nothing logs these on purpose; should something do so one day, they still do not appear. */
const NEVER = ['object', 'oldObject', 'data', 'stringData', 'key', 'token', 'authorization', 'password', 'env', 'url'];

/**
 * JSON lines with ISO times.
 * @param level a pino level
 * @param destination where to; standard output unless a test says otherwise
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    name: 'webhook',
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [...NEVER, ...NEVER.map((name) => `*.${name}`), ...NEVER.map((name) => `*.*.${name}`)],
      censor: '[redacted]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
