import { rulesPage } from '../application/rules/page.ts';
import { generatedAgentFiles } from '../celery/agent/generate.ts';
import { generatedChartFiles } from '../chart/generate.ts';
import { type GeneratedFile, generatedFromSchema } from '../schemas/generate.ts';

/** Every generated file of the checkout with the text it should have. Writes nothing. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  return [
    ...(await generatedFromSchema()),
    ...generatedAgentFiles(),
    ...generatedChartFiles(),
    { path: 'docs/rules.md', text: rulesPage() },
  ];
}
