import { CATALOGUE } from './catalogue.ts';

const GROUPS = [
  ['CEL0', 'The object'],
  ['CEL1', 'Settings'],
  ['CEL2', 'Command line'],
  ['CEL3', 'Broker and result backend'],
  ['CEL4', 'Environment'],
  ['CEL5', 'Pod template'],
  ['CEL6', 'Liveness'],
  ['CEL7', 'Beat'],
  ['CEL8', 'Autoscaling'],
  ['CEL9', 'Flower'],
] as const;

/** docs/rules.md: every code with its severity and reason, as Markdown. */
export function rulesPage(): string {
  const sections = GROUPS.flatMap(([prefix, heading]) => [
    `## ${heading}`,
    '',
    '| Code | Severity | Finding | Why |',
    '|---|---|---|---|',
    ...Object.entries(CATALOGUE)
      .filter(([code]) => code.startsWith(prefix))
      .map(([code, rule]) => `| ${code} | ${rule.severity} | ${rule.title} | ${rule.why} |`),
    '',
  ]);
  return [
    '# Rules',
    '',
    'Generated from `application/rules/catalogue.ts`. An error refuses the application; a warning lets it pass and is shown by `kubectl apply`.',
    'Every finding names the field, what is wrong and how to fix it; the code in brackets leads here.',
    '',
    ...sections,
  ].join('\n');
}
