// A bench over the image of a release: memory and speed are what an operator gets, not what the checkout costs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRelease, unpackImage } from '#test/lab/released.ts';

export async function withReleasedImage<T>(
  say: (line: string) => void,
  run: (image: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-bench-'));
  try {
    say('a release ...');
    await buildRelease();
    const image = join(folder, 'image');
    await unpackImage(image);
    return await run(image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
