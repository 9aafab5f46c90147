import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Secret } from 'kubernetes-types/core/v1.js';
import type { HTTPIngressPath, Ingress } from 'kubernetes-types/networking/v1.js';
import type { Target } from '../../scripts/installation/target.ts';
import type { Namespace } from './cluster.ts';
import { background } from './processes.ts';

/** An Ingress that is being served on this machine. */
export interface ServedIngress {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves one Ingress as its specification says (https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types),
 * with the certificate of its Secret: the clusters of tests have no Ingress controller. Rewrites nothing; reaches the Service by port-forward.
 */
export async function serveIngress(target: Target, space: Namespace, name: string): Promise<ServedIngress> {
  const ingress = await space.get<Ingress>('ingress', name);
  const [rule] = ingress?.spec?.rules ?? [];
  const [tls] = ingress?.spec?.tls ?? [];
  const paths = rule?.http?.paths ?? [];
  const service = paths[0]?.backend.service;
  if (ingress === undefined || tls?.secretName === undefined || service === undefined)
    throw new Error(`ingress ${name} has no TLS or no backend`);
  const secret = await space.get<Secret>('secret', tls.secretName);
  const pem = (key: string): Buffer => Buffer.from(secret?.data?.[key] ?? '', 'base64');

  const forward = background([
    ...target.kubectlWords.split(' '),
    ...['--namespace', space.name, 'port-forward', `service/${service.name}`, `:${service.port?.number}`],
  ]);
  const backend = Number(await forward.line(/Forwarding from 127\.0\.0\.1:(\d+)/));
  const server = createServer({ cert: pem('tls.crt'), key: pem('tls.key') }, (incoming, outgoing) => {
    const path = (incoming.url ?? '').split('?')[0] ?? '';
    const host = (incoming.headers.host ?? '').split(':')[0];
    if ((rule?.host !== undefined && rule.host !== host) || !paths.some((one) => matches(one, path))) {
      outgoing.writeHead(404).end('no rule of the Ingress leads there\n');
      return;
    }
    const { method, headers, url } = incoming;
    const onward = request({ host: '127.0.0.1', port: backend, method, headers, path: url }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await forward.stop();
    },
  };
}

/** Exact: equal. Prefix: equal element by element, a "/" at the end meaning nothing. */
function matches({ path = '/', pathType }: HTTPIngressPath, asked: string): boolean {
  if (pathType === 'Exact') return asked === path;
  const elements = (text: string): string[] => text.split('/').filter((element) => element !== '');
  const wanted = elements(path);
  return wanted.every((element, index) => elements(asked)[index] === element);
}
