import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseImages, buildImage, importImages } from '../local-cluster/index.ts';

const root = join(import.meta.dirname, '../..');

/** Version of this checkout. */
export const version: string = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string })
  .version;

/** The name that the chart uses when nothing is set. */
export const OPERATOR_IMAGE = `ghcr.io/celery-operator/celery-operator:${version}`;

/** The example's image for a Celery version: the newest is what examples/ names. */
export const shopImage = (celery: string): string => `celery-operator/shop:celery-${celery}`;

export const NEWEST_CELERY = '5.7.0';
export const OLDER_CELERY = '5.5.3';
export const SHOP_IMAGE = 'celery-operator/shop:1.0';

/**
 * Builds the operator's image from the Dockerfile that is shipped and loads it into the local cluster.
 * @param say told of progress
 */
export async function loadOperatorImage(say: (line: string) => void): Promise<void> {
  const bases = await baseImages(say);
  await importImages([...bases, await buildImage(root, join(root, 'Dockerfile'), OPERATOR_IMAGE, { say })]);
}

/**
 * Builds the example application's image and loads it into the local cluster.
 * @param say told of progress
 * @param celery version to install in it; its tag tells
 */
export async function loadShopImage(say: (line: string) => void, celery?: string): Promise<void> {
  await baseImages(say);
  const context = join(root, 'examples/shop');
  const dockerfile = join(context, 'Dockerfile');
  if (celery === undefined) {
    await importImages([await buildImage(context, dockerfile, SHOP_IMAGE, { say })]);
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'shop-'));
  try {
    const changed = readFileSync(dockerfile, 'utf8').replace(
      /^ARG CELERY_VERSION=.*$/m,
      `ARG CELERY_VERSION=${celery}`,
    );
    await writeFile(join(directory, 'Dockerfile'), changed);
    await importImages([await buildImage(context, join(directory, 'Dockerfile'), shopImage(celery), { say })]);
  } finally {
    await rm(directory, { recursive: true });
  }
}
