// A headless Chromium in the network namespace of the lab's control place, where the command line serves its page, and what it
// is asked about that page.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Lab } from '#test/lab/lab.ts';

const CHROMIUM = '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Why there is no browser; false where there is one. */
export const noBrowser = existsSync(CHROMIUM)
  ? false
  : `no ${CHROMIUM}: sh test/setup.sh test installs it where it is to be had`;

export function openBrowser(lab: Lab): Promise<Browser> {
  const script = join(dirname(lab.files.kubeconfig), 'chromium');
  const words = lab.execCommand('control', [CHROMIUM]).map((word) => `'${word}'`);
  writeFileSync(script, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o700 });
  return chromium.launch({ executablePath: script });
}

/** One line for each rule that is broken. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Not as a script of the page, which its policy forbids.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

export type Wanted = { readonly service: string; readonly owner: string };

/** When the page first shows the owner, in milliseconds since the epoch. */
export function whenShown(page: Page, wanted: Wanted): Promise<number> {
  return page.evaluate(({ service, owner }) => {
    const isShown = () =>
      Array.from(document.querySelectorAll('.services tbody tr')).some(
        (row) =>
          row.querySelector('th')?.textContent === service &&
          row.querySelector('[data-title=Owner]')?.textContent?.includes(owner),
      );
    return new Promise<number>((resolve) => {
      const look = () => isShown() && resolve(Date.now());
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
      look();
    });
  }, wanted);
}
