import type { Server } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/** Reasons why this replica should get no traffic; none means ready. */
export type NotReady = () => readonly string[];

/**
 * The plain HTTP server for the kubelet and Prometheus: /healthz (alive), /readyz, /metrics. It holds nothing secret.
 * Alive means only that the event loop turns: whatever else is wrong, a restart would not mend it.
 * @param notReady asked at each /readyz
 */
export function createHealthServer(registry: Registry, notReady: NotReady): FastifyInstance<Server> {
  const app = fastify({ logger: false, requestTimeout: 5000, bodyLimit: 1024, forceCloseConnections: true });
  for (const path of ['/healthz', '/livez'])
    app.get(path, async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    const reasons = notReady();
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(reasons.length === 0 ? 'ok\n' : `${reasons.join('\n')}\n`);
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return app;
}
