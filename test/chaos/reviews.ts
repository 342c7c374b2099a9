// A steady stream of reviews from the API server to the webhook, and what became of them.
import { join } from 'node:path';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { byLines } from './follow.ts';

export type Reviews = { readonly reviews: number; readonly failures: readonly string[] };

const PATIENCE = { every: 50, within: 60_000 };

/** Reviews at 50/s while `work` runs; resolves with the answers that were not "ok". */
export async function underReviews(lab: Lab, work: () => Promise<void>): Promise<Reviews> {
  const stop = new AbortController();
  const failures: string[] = [];
  let reviews = 0;
  const running = lab.exec('control', [process.execPath, join(checkout, 'test/chaos/review-load.ts')], {
    env: { KUBECONFIG: lab.files.kubeconfig },
    signal: stop.signal,
    onOutput: byLines((line) => {
      reviews++;
      if (line !== 'ok') failures.push(line);
    }),
  });
  try {
    await pollUntil('the first reviews', () => reviews > 20, PATIENCE);
    await work();
    const enough = reviews + 100;
    await pollUntil('reviews after it', () => reviews > enough, PATIENCE);
  } finally {
    stop.abort();
    await running;
  }
  return { reviews, failures };
}
