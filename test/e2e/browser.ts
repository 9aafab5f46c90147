import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/**
 * Opens Debian's Chromium with a new profile and hands it to a function.
 * @param hosts names that lead to this machine, as an Ingress's host would by DNS
 * @throws Error when Chromium is not there; `./scripts/test e2e` installs it
 */
export async function withBrowser(
  use: (browser: BrowserContext) => Promise<void>,
  { hosts = [], ...options }: BrowserContextOptions & { hosts?: readonly string[] } = {},
): Promise<void> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: apt-get install chromium`);
  const profile = await mkdtemp(join(tmpdir(), 'celery-operator-browser-'));
  try {
    const browser = await chromium.launchPersistentContext(profile, {
      ...options,
      executablePath: CHROMIUM,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        // Without these it asks for updates, which a closed network refuses many at a time.
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        ...(hosts.length === 0
          ? []
          : [`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ')}`]),
      ],
    });
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}
