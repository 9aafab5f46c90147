import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { baseImages } from './base-images.ts';
import { groupDir, isBuilt } from './binaries.ts';
import { buildGroups } from './build.ts';
import { purgeCaches, tearDown } from './down.ts';
import { CommandFailed, UserError } from './exec.ts';
import { groups, selectGroups } from './groups.ts';
import { buildImage } from './image-build.ts';
import { importImages } from './image-import.ts';
import { loadImage } from './load-image.ts';
import { withLock } from './lock.ts';
import { kubeconfigPath, runDir } from './paths.ts';
import { requireRoot } from './require-root.ts';
import { isRunning, readState } from './state.ts';
import { status } from './status.ts';
import { clusterLock, up } from './up.ts';

const help = `A real one-node Kubernetes on this machine, built from source: no Docker, no registry.

Usage: ./scripts/cluster COMMAND

  up                         start it (first time: builds everything, about 15 minutes; later: seconds)
  down [--purge]             stop it and undo all it did to this machine; binaries and images stay
                             (--purge removes them too)
  status                     what runs, versions, kubeconfig; exit status 1 when the cluster is not up
  kubeconfig                 print the administrator's kubeconfig path
  env                        print shell commands that put kubectl and Helm on PATH: eval "$(./scripts/cluster env)"
  build [GROUP...]           build programs: all but optional groups (${groups
    .filter((group) => group.optional)
    .map((group) => group.name)
    .join(', ')})
        --only A,B           just these groups
        --with A,B           the usual ones and these
        --all                every group
        --keep-build-cache   keep Go's caches (gigabytes) for the next build
                             groups: ${groups.map((group) => group.name).join(' ')}
  images                     make the base images: debian, python, node, redis
  build-image TAG DIR [-f Dockerfile]
                             build an image from a Dockerfile and load it if the cluster is up
  load-image FILE|IMAGE      load an archive, or an image built here, into the cluster

Environment:
  CELERY_OPERATOR_CACHE      binaries, images and the cluster's bulk data (default ~/.cache/celery-operator)
  CELERY_OPERATOR_RUN        run directory (default /run/celery-operator-cluster)
  KUBEBUILDER_ASSETS         directory with etcd, kube-apiserver and kubectl to use instead of building them
`;

const say = (line: string): void => console.error(line);
const names = (value: string | undefined): string[] | undefined => value?.split(',').filter(Boolean);

async function load(archive: Awaited<ReturnType<typeof buildImage>>): Promise<void> {
  if (!isRunning(readState())) return;
  const loaded = await withLock(clusterLock(), () => importImages([archive]));
  say(loaded.length > 0 ? `loaded ${archive.tag}` : `${archive.tag} is up to date`);
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      purge: { type: 'boolean' },
      only: { type: 'string' },
      with: { type: 'string' },
      all: { type: 'boolean' },
      'keep-build-cache': { type: 'boolean' },
      file: { type: 'string', short: 'f' },
    },
  });
  const [command, ...operands] = positionals;
  if (values.help || command === undefined) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'up':
      await up({ say, keepBuildCache: values['keep-build-cache'] });
      return 0;
    case 'down': {
      if (existsSync(runDir())) requireRoot();
      const wasUp = existsSync(runDir());
      await withLock(clusterLock(), tearDown, say);
      if (values.purge) purgeCaches();
      say(wasUp ? 'the cluster is down' : 'the cluster was down already');
      return 0;
    }
    case 'status': {
      const { running, text } = await status();
      console.log(text);
      return running ? 0 : 1;
    }
    case 'kubeconfig':
      console.log(kubeconfigPath());
      return 0;
    case 'env': {
      const dirs = groups.filter(isBuilt).map(groupDir);
      console.log(`export KUBECONFIG='${kubeconfigPath()}'\nexport PATH='${dirs.join(':')}':"$PATH"`);
      return 0;
    }
    case 'build': {
      const only = names(values.only) ?? (operands.length > 0 ? operands : undefined);
      const wanted = selectGroups({ only, with: names(values.with), all: values.all });
      await buildGroups(wanted, { say, keepBuildCache: values['keep-build-cache'] });
      for (const group of wanted) console.log(groupDir(group));
      return 0;
    }
    case 'images':
      requireRoot();
      for (const archive of await baseImages(say)) {
        await load(archive);
        console.log(archive.tag);
      }
      return 0;
    case 'build-image': {
      const [tag, dir] = operands;
      if (!tag || !dir) throw new UserError('usage: ./scripts/cluster build-image TAG DIR [-f Dockerfile]');
      requireRoot();
      await baseImages(say);
      await load(await buildImage(resolve(dir), resolve(values.file ?? join(dir, 'Dockerfile')), tag, { say }));
      return 0;
    }
    case 'load-image': {
      if (!operands[0]) throw new UserError('usage: ./scripts/cluster load-image FILE|IMAGE');
      const loaded = await loadImage(operands[0]);
      say(loaded.length > 0 ? `loaded ${loaded.join(', ')}` : `${operands[0]} is up to date`);
      return 0;
    }
    default:
      throw new UserError(`unknown command "${command}"; see ./scripts/cluster --help`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const expected = error instanceof UserError || error instanceof CommandFailed || code.startsWith('ERR_PARSE_ARGS');
  console.error(expected ? (error as Error).message : error);
  process.exitCode = 1;
}
