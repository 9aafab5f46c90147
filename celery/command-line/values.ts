import type { CommandOption } from './options.ts';

/**
 * Why Celery would refuse an option's value, or undefined. Never holds the value, which may be a secret.
 * $(NAME) is left to Kubernetes, which expands it when the container starts.
 */
export function valueProblem(
  option: CommandOption,
  value: string | undefined,
  version: string | undefined,
): string | undefined {
  const kind = option.value;
  if (kind === 'flag') return value === undefined ? undefined : 'takes no value';
  if (value === undefined) return 'lacks its value';
  if (value.includes('$(')) return undefined;
  if (typeof kind !== 'string') {
    const same = option.name === 'loglevel' || option.name === 'pool' ? value.toUpperCase() : value;
    const known = kind.some((choice) => (same === value ? choice === value : choice.toUpperCase() === same));
    return known || kind.some((choice) => choice === same) ? undefined : `must be one of ${kind.join(', ')}`;
  }
  switch (kind) {
    case 'text':
    case 'list':
      return undefined;
    case 'integer':
      return isInteger(value) ? undefined : 'must be an integer';
    case 'number':
      return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value) ? undefined : 'must be a number of seconds';
    case 'concurrency':
      if (value === 'auto' && (version === undefined || version === '5.7')) return undefined;
      // Since 5.7 the option has a check of its own; before, the pool fails over a negative number.
      if (version === '5.7' && Number(value) < 0) return 'must not be negative';
      return isInteger(value) ? undefined : 'must be an integer';
    case 'autoscale':
      return value.split(',').length <= 2 && value.split(',').every(isInteger)
        ? undefined
        : 'must be two integers as in 10,3';
  }
}

const isInteger = (text: string): boolean => /^\s*[+-]?\d+\s*$/.test(text);
