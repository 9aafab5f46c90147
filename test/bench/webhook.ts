/**
 * How many admission reviews one webhook answers over TLS: `node test/bench/webhook.ts [seconds]`.
 * An 8.5 kB UPDATE of a CeleryApplication through every rule, and the CREATE of a labelled pod, at 10 and 50 connections; autocannon in a process of its own.
 * The webhook runs bundled, as in the image, in a process of its own with a heap like the chart's. Both share the machine's cores.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../scripts/build.ts';

const LABELS = { 'celeryproject.org/application': 'shop' };
const SERVER_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=2'];

/** An application as people write them, large enough that the review has 8.5 kB. */
function application(image: string): object {
  const env = Array.from({ length: 12 }, (_, at) => ({
    name: `SETTING_NUMBER_${at}`,
    value: `a value of usual length ${at}`,
  }));
  const workers = ['default', 'mail', 'reports'].map((name) => ({
    name,
    replicas: 2,
    queues: [name, `${name}-slow`],
    concurrency: 4,
    pool: 'prefork',
    logLevel: 'INFO',
    config: { worker_prefetch_multiplier: 1 },
    resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    env: env.slice(0, 10),
  }));
  const spec = {
    image,
    app: 'shop.celery:app',
    celeryVersion: '5.6',
    broker: { url: 'redis://redis:6379/0' },
    config: { task_acks_late: true, task_serializer: 'json' },
    env,
    workers,
  };
  const metadata = {
    name: 'shop',
    namespace: 'shop',
    uid: crypto.randomUUID(),
    resourceVersion: '1',
    generation: 3,
    labels: { team: 'a' },
  };
  return { apiVersion: 'celeryproject.org/v1beta1', kind: 'CeleryApplication', metadata, spec };
}

const review = (kind: object, operation: string, objects: object): string =>
  JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: crypto.randomUUID(),
      kind,
      operation,
      namespace: 'shop',
      userInfo: { username: 'system:admin', groups: ['system:masters'] },
      ...objects,
    },
  });

const BODIES: Readonly<Record<string, string>> = {
  '/validate': review({ group: 'celeryproject.org', version: 'v1beta1', kind: 'CeleryApplication' }, 'UPDATE', {
    object: application('shop:2'),
    oldObject: application('shop:1'),
  }),
  '/mutate': review({ group: '', version: 'v1', kind: 'Pod' }, 'CREATE', {
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'web-', labels: LABELS },
      spec: { containers: [{ name: 'web', image: 'shop:1', env: [{ name: 'A', value: 'b' }], resources: {} }] },
    },
  }),
};

/** Resident memory of a process in MiB: now, and at its highest. */
function memory(pid: number | undefined): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string): string =>
    (Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1] ?? 0) / 1024).toFixed(0);
  return `resident ${mebibytes('VmRSS')} MiB, at most ${mebibytes('VmHWM')} MiB`;
}

/** Seconds of processor time that a process has used, all threads: what it costs does not depend on what else the machine does. */
function processorSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function measure(seconds: number): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-'));
  await bundle({ entry: join(import.meta.dirname, 'webhook-server.ts'), outdir });
  const server = spawn(process.execPath, [...SERVER_FLAGS, join(outdir, 'celery-operator.js')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [{ port }] = (await once(server, 'message')) as [{ port: number }];
    console.log(`idle: ${memory(server.pid)}`);
    for (const [path, body] of Object.entries(BODIES)) {
      for (const connections of [10, 50]) {
        const before = processorSeconds(server.pid);
        const result = await load(`https://127.0.0.1:${port}${path}?timeout=5s`, body, connections, seconds);
        const perCore = result.requests.total / (processorSeconds(server.pid) - before);
        const { requests, latency, errors, non2xx } = result;
        console.log(
          `${path} ${body.length} bytes, ${connections} connections: ${requests.average.toFixed(0)} reviews/s (${perCore.toFixed(0)} per second of processor time), p50 ${latency.p50} ms, p99 ${latency.p99} ms, errors ${errors + non2xx}, ${memory(server.pid)}`,
        );
      }
    }
  } finally {
    server.kill();
    rmSync(outdir, { recursive: true });
  }
}

/** What is used of autocannon's JSON. Latencies in milliseconds. */
interface Result {
  readonly requests: { readonly average: number; readonly total: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly errors: number;
  readonly non2xx: number;
}

async function load(url: string, body: string, connections: number, seconds: number): Promise<Result> {
  const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'review.json');
  writeFileSync(file, body);
  try {
    const program = createRequire(import.meta.url).resolve('autocannon');
    const options = [
      '--json',
      '-c',
      `${connections}`,
      '-d',
      `${seconds}`,
      '-m',
      'POST',
      '-H',
      'content-type=application/json',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...options, '-i', file, url]);
    return JSON.parse(stdout) as Result;
  } finally {
    rmSync(dirname(file), { recursive: true });
  }
}

await measure(Number(process.argv[2] ?? 10));
