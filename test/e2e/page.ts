// The command `ui` as an operator starts it, and what the tests read of its page.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import type { Locator, Page } from 'playwright-core';
import type { Lab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { pluginCommand } from './plugin.ts';

const PATIENCE = { every: 50, within: 20_000 };
const SAID = /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/\nServed on this machine only, until you press Ctrl-C\n$/;

export type Ui = { readonly command: ChildProcess; readonly url: string };

export async function openUi(lab: Lab, ...args: string[]): Promise<Ui> {
  const { argv, env } = pluginCommand(lab, ['arpeggio', 'ui', ...args]);
  const [file = '', ...rest] = argv;
  const command = spawn(file, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [command.stdout, command.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
  try {
    await pollUntil('the URL of the page', () => said.includes('Ctrl-C'), PATIENCE);
    assert.match(said, SAID);
  } catch (error) {
    // Nobody else knows of it, and while it runs the test file does not end.
    command.kill('SIGKILL');
    throw error;
  }
  return { command, url: said.split('\n')[0] ?? '' };
}

/** The cells of a table by row, without what is said beside. */
export function cellsOf(page: Page, name: string): Promise<string[][]> {
  return page
    .getByRole('table', { name })
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent?.trim() ?? '')));
}

/** By its name in the table; resolves when the answer is there. */
export async function openExplanation(page: Page, service: string): Promise<Locator> {
  await page.getByRole('button', { name: service, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Service ${service}` });
  await dialog.getByRole('listitem').first().waitFor();
  return dialog;
}
