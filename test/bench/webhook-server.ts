/** The webhook that test/bench/webhook.ts measures: real transport and rules, no cluster. Tells its parent the port. */
import { findings } from '../../application/findings.ts';
import { issueAuthority, issueLeaf } from '../../webhook/certificates/issue.ts';
import { LIFETIMES } from '../../webhook/certificates/lifetimes.ts';
import { createLog } from '../../webhook/log.ts';
import { createMetrics } from '../../webhook/metrics.ts';
import { mutator } from '../../webhook/mutate.ts';
import { createPlans } from '../../webhook/plans.ts';
import { createAdmissionServer } from '../../webhook/server.ts';
import { validator } from '../../webhook/validate.ts';

const CONFIG = `shop-client-${'0'.repeat(32)}`;
const LABELS = { 'celeryproject.org/application': 'shop' };

const plan = JSON.stringify({
  format: 1,
  application: 'shop',
  component: 'client',
  brokerUrl: { value: 'redis://redis/0' },
});
const plans = createPlans(async () => ({
  metadata: { labels: LABELS },
  immutable: true,
  data: { 'plan.json': plan },
}));
const applications = { clientConfig: async () => CONFIG, changed: () => {} };
const { tls, app } = createAdmissionServer({
  validate: validator((application) => findings(application, {})),
  mutate: mutator(applications, plans),
  metrics: createMetrics(),
  log: createLog('info'),
});
const authority = await issueAuthority(Date.now(), LIFETIMES);
tls.setSecureContext(await issueLeaf(authority, ['localhost'], Date.now(), LIFETIMES));
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (tls.address() as { port: number }).port });
