import { parseBrokerUrl } from '../../celery/broker-url.ts';

/** Whether a setting's or variable's name says that its value is a secret. */
export function namesSecret(name: string): boolean {
  return /(password|passwd|passphrase|secret|token|access_key(?!_id)|credential|api_?key)/i.test(name);
}

/** Whether a text is a URL with a password written out. */
export function hasPlainPassword(text: string): boolean {
  if (!text.includes('://')) return false;
  const parsed = parseBrokerUrl(text);
  if ('problem' in parsed) return /:\/\/[^/?#@:]*:[^/?#@$][^@]*@/.test(text);
  return [parsed, ...parsed.alternates].some((one) => one.plainPassword);
}
