// `kubectl arpeggio ui` in a real cluster, seen through headless Chromium. With ARPEGGIO_SCREENSHOTS=1 it draws those of docs/.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Explanation } from '#cli/explain.ts';
import type { Status } from '#cli/status.ts';
import { run } from '#test/lab/command.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { accessibilityFaults, noBrowser, openBrowser, whenShown } from './browser.ts';
import { announcersOf, apply, serviceManifest, untilAddress } from './cluster.ts';
import { cellsOf, openExplanation, openUi, type Ui } from './page.ts';
import { allowFew, arpeggio } from './plugin.ts';

const PATIENCE = { every: 200, within: 20_000 };
/** Between the change of an object in the API server and its sight in the page. */
const LATE_MOST_MS = 1_000;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const TALL = { width: 360, height: 1100 };
const LOOKS: [string, BrowserContextOptions][] = [
  ['light', { colorScheme: 'light', viewport: DESKTOP }],
  ['dark', { colorScheme: 'dark', viewport: DESKTOP }],
  ['phone', { colorScheme: 'light', viewport: PHONE }],
  ['phone-dark', { colorScheme: 'dark', viewport: PHONE }],
];
const PICTURES = ['light', 'dark', 'phone'];
const PICTURES_EXPLAINED = ['light', 'phone'];
const SMALL = { 'metallb.io/address-pool': 'small' };

const lab = openLab('ui');
const faults: string[] = [];
const hosts = new Set<string>();
let browser: Browser;
let ui: Ui;

function ours(kind: string, name: string, spec: object): object {
  return { apiVersion: 'metallb.io/v1beta1', kind, metadata: { namespace: 'metallb-system', name }, spec };
}

const OBJECTS = [
  ours('IPAddressPool', 'lan', { addresses: ['192.168.1.240-192.168.1.247'] }),
  ours('IPAddressPool', 'small', { addresses: ['192.168.1.230/32'], autoAssign: false }),
  ours('L2Advertisement', 'all', {}),
];

async function openPage(options: BrowserContextOptions, { url }: Ui = ui): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(url);
  await page.getByRole('table', { name: 'Services' }).waitFor();
  return page;
}

/** When the API server first told of an object that names the node, in milliseconds since the epoch. */
async function whenWritten(service: string, node: string, signal: AbortSignal): Promise<number> {
  const ours = ['servicel2statuses', '-n', 'metallb-system', '-l', `metallb.io/service-name=${service}`];
  const path = String.raw`jsonpath={.metadata.labels.metallb\.io/node}{"\n"}`;
  const { argv, env } = lab.kubectlCommand(['get', ...ours, '--watch-only', '-o', path]);
  let at = 0;
  void run(argv, { env, signal, onOutput: (text) => (at ||= text.includes(node) ? Date.now() : 0) });
  return await pollUntil(`${node} in ServiceL2Status`, () => at, PATIENCE);
}

describe('kubectl arpeggio ui', { timeout: 180_000, skip: noBrowser }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 3 });
    await apply(lab, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: OBJECTS }));
    await lab.backend('web');
    await apply(lab, serviceManifest({ name: 'web' }));
    await apply(lab, serviceManifest({ name: 'api', port: 443 }));
    await apply(lab, serviceManifest({ name: 'queue', annotations: SMALL }));
    await untilAddress(lab, 'queue');
    await apply(lab, serviceManifest({ name: 'queue-2', annotations: SMALL }));
    for (const name of ['web', 'api', 'queue']) {
      await pollUntil(`ServiceL2Status of ${name}`, () => announcersOf(lab, name), PATIENCE);
    }
    ui = await openUi(lab);
    browser = await openBrowser(lab);
  });
  after(async () => {
    await browser?.close();
    ui?.command.kill('SIGKILL');
    await lab.down();
  });

  test('shows what status says', async () => {
    const page = await openPage({});
    const { stdout } = await arpeggio(lab, ['status', '-o', 'json']);
    const { services, pools, nodes } = JSON.parse(stdout) as Status;
    assert.deepEqual(
      (await cellsOf(page, 'Services')).map((cells) => cells.slice(0, 4)),
      services.map(({ service, address, owners, pool }) => [
        service,
        address || 'none',
        address === '' ? '–' : owners.join(', '),
        pool || '–',
      ]),
    );
    assert.match(
      (await cellsOf(page, 'Services')).join(),
      /default\/queue-2,.*PoolExhausted\s+no free address is left/,
    );
    assert.deepEqual(
      (await cellsOf(page, 'Pools')).map(([pool, , free]) => [pool, free]),
      pools.map(({ pool, free }) => [pool, free]),
    );
    assert.deepEqual(
      (await cellsOf(page, 'Nodes')).map(([node, speaker, , count]) => [node, speaker, count]),
      nodes.map(({ node, speaker, addresses }) => [node, speaker, String(addresses)]),
    );
  });

  test('a filter narrows the Services', async () => {
    const page = await openPage({});
    await page.getByLabel('Filter').fill('queue small');
    assert.deepEqual(
      (await cellsOf(page, 'Services')).map(([service]) => service),
      ['default/queue'],
    );
  });

  test('a failover is seen within a second of its object, and told to who hears the page', async () => {
    const page = await openPage({});
    const owner = await announcersOf(lab, 'web');
    const heir = JSON.parse((await arpeggio(lab, ['explain', 'web', '-o', 'json'])).stdout).addresses[0].heir as string;
    const stop = new AbortController();
    const written = whenWritten('web', heir, stop.signal);
    const shown = whenShown(page, { service: 'default/web', owner: heir });
    await lab.powerOff(owner);
    const late = (await shown) - (await written);
    stop.abort();
    process.stdout.write(`# shown ${late} ms after the API server told\n`);
    assert.ok(late < LATE_MOST_MS, `${late} ms`);
    const timeline = page.getByRole('region', { name: 'What happened' });
    await timeline.getByText(`announcing from node "${heir}"`).first().waitFor();
    await timeline.getByText(`is announced by ${heir}`).first().waitFor();
    assert.match((await page.getByRole('status').allTextContents()).join(), /default\/\w+: owner: /);
  });

  test('the name of a Service says what explain says, and goes on while the cluster changes', async () => {
    const page = await openPage({});
    const dialog = await openExplanation(page, 'default/queue');
    const { stdout } = await arpeggio(lab, ['explain', 'queue', '-o', 'json']);
    const { addresses, lastAnnounced, findings } = JSON.parse(stdout) as Explanation;
    const [{ address, owner, heir, announcers } = assert.fail('no address')] = addresses;
    const [{ node, since } = assert.fail('nobody announces it')] = announcers;
    assert.deepEqual(await cellsOf(page, 'Addresses'), [[address, node, since, owner, heir]]);
    assert.ok((await dialog.textContent())?.includes(`${lastAnnounced?.message}, ${lastAnnounced?.at}`));
    assert.deepEqual(
      (await dialog.getByRole('listitem').allTextContents()).map((text) => text.trim()),
      findings.map(({ level, reason, message }) => `${level}: ${reason} ${message}`),
    );
    await lab.mustKubectl(['annotate', 'node', heir ?? '', 'arpeggio.dev/drain=true']);
    await dialog.getByText(`${heir} (drains)`).waitFor();
    await lab.mustKubectl(['annotate', 'node', heir ?? '', 'arpeggio.dev/drain-']);
    await dialog.getByText(`${heir} (drains)`).waitFor({ state: 'detached' });
  });

  test('an explanation is had by keyboard alone, and gives the focus back', async () => {
    const page = await openPage({});
    await page.getByRole('button', { name: 'default/queue-2' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Service default/queue-2' });
    await dialog.getByText('no free address is left in pool "small"').waitFor();
    for (const _ of [1, 2, 3]) {
      assert.ok(await page.evaluate(() => document.activeElement?.closest('dialog') || !document.hasFocus()));
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'default/queue-2');
    await page.getByRole('button', { name: 'default/web' }).press('Space');
    await page.getByRole('button', { name: 'Close' }).click();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'default/web');
  });

  for (const [name, options] of LOOKS) {
    test(`everybody can use it: ${name}`, async () => {
      const page = await openPage(options);
      assert.deepEqual(await accessibilityFaults(page), []);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(width, options.viewport?.width);
      if (process.env['ARPEGGIO_SCREENSHOTS'] === undefined || !PICTURES.includes(name)) return;
      if (name === 'phone') await page.setViewportSize(TALL);
      await page.screenshot({ path: join(checkout, `docs/ui-${name}.png`), fullPage: name !== 'phone' });
    });

    test(`everybody can read an explanation: ${name}`, async () => {
      const page = await openPage(options);
      const dialog = await openExplanation(page, 'default/web');
      assert.deepEqual(await accessibilityFaults(page), []);
      const { x, width } = (await dialog.boundingBox()) ?? assert.fail('not shown');
      assert.ok(x >= 0 && x + width <= (options.viewport?.width ?? 0), `${x} ${width}`);
      assert.equal(await dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), 0);
      if (process.env['ARPEGGIO_SCREENSHOTS'] === undefined || !PICTURES_EXPLAINED.includes(name)) return;
      await page.screenshot({ path: join(checkout, `docs/ui-explain-${name}.png`) });
    });
  }

  test('nothing was asked of another host, and no error reported', () => {
    assert.deepEqual([...hosts], [new URL(ui.url).host]);
    assert.deepEqual(faults, []);
  });

  test('goes on after the API server was away, and says so meanwhile', async () => {
    const page = await openPage({});
    await lab.apiDown();
    await page.getByText('warning: NotFollowed').waitFor();
    await lab.apiUp();
    await apply(lab, serviceManifest({ name: 'late', port: 8080 }));
    await page.getByRole('rowheader', { name: 'default/late' }).waitFor();
    await page.getByText('warning: NotFollowed').waitFor({ state: 'detached' });
  });

  test('who may list but not watch gets a page that says what it does not follow', async (t) => {
    const other = await openUi(lab, '--kubeconfig', await allowFew(lab));
    t.after(() => other.command.kill('SIGKILL'));
    const page = await openPage({}, other);
    await page.getByText('info: Forbidden').waitFor();
    await page.getByText(/cannot be followed: configmaps, .*, services: .*403/).waitFor();
  });

  test('ends well when it is interrupted, and the page says that it is no longer live', async () => {
    const page = await openPage({});
    ui.command.kill('SIGINT');
    assert.deepEqual(await once(ui.command, 'exit'), [0, null]);
    await page.getByText('not connected').waitFor();
  });
});
