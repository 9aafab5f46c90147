import { parseArgs } from 'node:util';
import { loadOperatorImage, loadShopImage, OPERATOR_IMAGE, SHOP_IMAGE } from '../installation/images.ts';
import { contextTarget, localTarget, type Target } from '../installation/target.ts';
import { buildGroups, CommandFailed, selectGroups, UserError, up } from '../local-cluster/index.ts';
import { clean, story } from './story.ts';

const USAGE = `Usage: ./scripts/demo [--clean] [--context NAME [--operator-image IMAGE] [--shop-image IMAGE]]

Installs celery-operator on a real Kubernetes cluster and shows what it does: an application is
installed, 30,000 tasks run, a bad specification is refused, an edit rolls the workers.
Without --context it starts a cluster on this machine (./scripts/cluster); the first time builds
everything from source, which takes about 20 minutes. The cluster stays, to play with.

  --context NAME          use this context of your kubeconfig instead. Your cluster must be able to get
                          both images: build them with docker build, push them, and name them here
  --operator-image IMAGE  with --context; default ${OPERATOR_IMAGE}
  --shop-image IMAGE      with --context; default ${SHOP_IMAGE} (examples/shop)
  --adds N                tasks to send; default 30000
  --clean                 remove all that the demo made: with --context from that cluster, else the
                          whole cluster
`;

const say = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      clean: { type: 'boolean' },
      context: { type: 'string' },
      'operator-image': { type: 'string' },
      'shop-image': { type: 'string' },
      adds: { type: 'string', default: '30000' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const adds = Number(values.adds);
  if (!Number.isInteger(adds) || adds < 1)
    throw new UserError(`--adds is "${values.adds}": give a whole number above 0`);
  if (values.clean) return clean(values.context);
  const target = values.context === undefined ? await startCluster() : await contextTarget(values.context);
  await story(target, {
    adds,
    operatorImage: values['operator-image'] ?? OPERATOR_IMAGE,
    shopImage: values['shop-image'] ?? SHOP_IMAGE,
  });
}

async function startCluster(): Promise<Target> {
  say('\n# A cluster on this machine: etcd, API server, kubelet, containerd, all real, built from source once');
  await up({ say });
  await buildGroups(selectGroups({ only: ['helm4'] }), { say });
  say('\n# The operator’s image and the example’s, from their Dockerfiles');
  await loadOperatorImage(say);
  await loadShopImage(say);
  return localTarget();
}

try {
  await main();
} catch (error) {
  const known =
    error instanceof UserError ||
    error instanceof CommandFailed ||
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(known ? `\ndemo: ${(error as Error).message}` : error);
  process.exitCode = 1;
}
