import { celeryApplication, GROUP, KIND, PLURAL, printerColumns, VERSION } from './celery-application.ts';
import type { Schema } from './dialect.ts';

/** The CustomResourceDefinition as a plain object, ready to be written as YAML. */
export function customResourceDefinition(): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      // "capp" and "cel" are taken by predecessors' CRDs of the same group and would block ours.
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: 'celeryapplication',
        shortNames: ['celeryapp'],
        categories: ['celery'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: withoutOurKeywords(celeryApplication) },
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
        },
      ],
    },
  };
}

/** The API server refuses keywords it does not know. */
function withoutOurKeywords(schema: Schema): object {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === 'x-celery-operator-open' || key === 'example' ? undefined : value,
  );
}
