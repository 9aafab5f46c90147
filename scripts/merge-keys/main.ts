import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../kubernetes/client.ts';
import { kubeconfigConfig } from '../../kubernetes/kubeconfig.ts';
import { controlPlane } from '../local-cluster/index.ts';
import { MERGE_KEYS_FILE, mergeKeysText, type OpenApi, podMergeKeys } from './extract.ts';

/** Writes the table of merge keys anew, from the Kubernetes that the local cluster is built from. */
const plane = await controlPlane({ say: console.log });
const client = createClient(kubeconfigConfig(plane.adminKubeconfig));
try {
  const document = await client.read<OpenApi>('/openapi/v2');
  if (document === undefined) throw new Error('the API server serves no /openapi/v2');
  writeFileSync(join(import.meta.dirname, '../..', MERGE_KEYS_FILE), mergeKeysText(podMergeKeys(document)));
  console.log(`wrote ${MERGE_KEYS_FILE}`);
} finally {
  client.close();
  await plane.stop();
}
