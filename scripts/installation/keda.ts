import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildGroups, importImages, selectGroups } from '../local-cluster/index.ts';
import { type KedaManifest, kedaImages, kedaManifests, kedaVersion } from '../local-cluster/keda.ts';
import type { Target } from './target.ts';

/** Namespace in KEDA's own manifests. */
const THEIRS = 'keda';
const HERE = '{{ .Release.Namespace }}';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Builds KEDA where it is not built yet and loads its images into the local cluster. */
export async function loadKedaImages(say: (line: string) => void): Promise<void> {
  await buildGroups(selectGroups({ only: ['keda'] }), { say });
  await importImages(await kedaImages());
}

/** Where KEDA is installed when it is installed by itself. */
export const KEDA_NAMESPACE = 'keda';

/** Installs KEDA by itself into the local cluster and waits until it answers; does nothing where there is one. */
export async function installKeda(target: Target, say: (line: string) => void): Promise<void> {
  const present = await target.kubectl(['get', 'apiservice', METRICS_API, '--ignore-not-found', '-o', 'name']);
  if (present !== '') return;
  await loadKedaImages(say);
  const directory = await mkdtemp(join(tmpdir(), 'keda-chart-'));
  try {
    await writeKedaChart(directory, say);
    const where = ['--namespace', KEDA_NAMESPACE, '--create-namespace', '--wait', '--timeout', '5m'];
    await target.helm(['upgrade', '--install', 'keda', join(directory, 'keda'), ...where]);
  } finally {
    await rm(directory, { recursive: true });
  }
  await target.kubectl(['wait', '--for=condition=Available', `apiservice/${METRICS_API}`, '--timeout=120s']);
}

/** Removes what installKeda installed. Only for a cluster without ScaledObjects: nobody would clear their finalizers. */
export async function uninstallKeda(target: Target): Promise<void> {
  await target.helm([
    'uninstall',
    'keda',
    '--namespace',
    KEDA_NAMESPACE,
    '--ignore-not-found',
    '--wait',
    '--timeout',
    '5m',
  ]);
  await target.kubectl(['delete', 'namespace', KEDA_NAMESPACE, '--ignore-not-found', '--wait=false']);
}

/** Only one server can answer it in a cluster. */
const METRICS_API = 'v1beta1.external.metrics.k8s.io';

/**
 * Writes a chart of the name and version of KEDA's own chart, from the manifests in KEDA's Go module: it stands in for the
 * chart where no chart repository can be reached. Its only value that does anything is crds.additionalAnnotations.
 * @param directory where the chart's own directory is made
 */
export async function writeKedaChart(directory: string, say: (line: string) => void): Promise<void> {
  const chart = join(directory, 'keda');
  await mkdir(join(chart, 'templates'), { recursive: true });
  const version = kedaVersion();
  await writeFile(
    join(chart, 'Chart.yaml'),
    stringify({
      apiVersion: 'v2',
      name: 'keda',
      description: "Stands in for KEDA's chart.",
      version,
      appVersion: version,
    }),
  );
  const manifests = (await kedaManifests(say)).filter(({ kind }) => kind !== 'Namespace');
  const crds = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');
  await writeFile(
    join(chart, 'values.yaml'),
    stringify({ crds: { install: true, additionalAnnotations: {} }, additionalLabels: {} }),
  );
  for (const manifest of crds)
    await writeFile(join(chart, 'templates', `crd-${manifest.metadata.name}.yaml`), crdTemplate(manifest));
  const others = manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition').map(adapted);
  await writeFile(
    join(chart, 'templates', 'keda.yaml'),
    others.map((one) => stringify(one, { lineWidth: 0 })).join('---\n'),
  );
}

/** The CRDs' text holds no template of its own but for annotations. */
function crdTemplate(manifest: KedaManifest): string {
  const { annotations: _unused, ...metadata } = manifest.metadata as { annotations?: object; name: string };
  const body = stringify({ ...manifest, metadata: { ...metadata, annotations: '@annotations@' } }, { lineWidth: 0 })
    .replaceAll('{{', '{{ "{{" }}')
    .replace(/annotations: "?@annotations@"?/, 'annotations: {{ toJson .Values.crds.additionalAnnotations }}');
  return `{{- if .Values.crds.install }}\n${body}{{- end }}\n`;
}

/** In the release's namespace, with images that are here, and small enough for a cluster on two cores. */
function adapted(manifest: KedaManifest): Json {
  return walk(manifest as unknown as Json, '');
}

function walk(value: Json, name: string): Json {
  if (Array.isArray(value)) return value.map((item) => walk(item, ''));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]): [string, Json] => [key, walk(item, key)]);
    const object = Object.fromEntries(entries);
    // The images made here name no user.
    if (object.runAsNonRoot === true) return { ...object, runAsUser: 1000 };
    return object;
  }
  if (name === 'namespace' && value === THEIRS) return HERE;
  if (name === 'image') return String(value).replace(/:[^:]+$/, `:${kedaVersion()}`);
  if (name === 'imagePullPolicy') return 'IfNotPresent';
  if (name === 'initialDelaySeconds') return 3;
  if (name === 'cpu' && value === '100m') return '20m';
  return value;
}
