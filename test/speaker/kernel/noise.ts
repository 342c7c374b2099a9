// Sound frames with octets changed, cut off or added: whatever they are, both responders do the same.
import assert from 'node:assert/strict';
import { openRandom } from '#test/random.ts';
import { hex } from '#test/speaker/bytes.ts';
import { MINUTE, openInProcess, openKernel, runInKernel, SEEDS } from './both.ts';

export type NoiseReport = {
  readonly answered: number;
  /** Resident after each tenth. */
  readonly megabytes: readonly number[];
};

const CHANGES_MOST = 4;
const LENGTH_LEAST = 15;
/** The kernel's test run refuses IP frames without a whole header; on the wire such frames pass us by. */
const LENGTH_LEAST_BY_TYPE = new Map([
  [0x0800, 34],
  [0x86dd, 54],
]);

/** Throws at the first frame that one answers and the other does not, or answers otherwise. */
export function compareResponders(count: number, seed: number): NoiseReport {
  const random = openRandom(seed);
  // A changed octet may make a ping of a solicitation.
  const kernel = openKernel(false);
  const inProcess = openInProcess();
  const megabytes: number[] = [];
  let answered = 0;
  try {
    for (let i = 1; i <= count; i++) {
      const frame = noise(random);
      const answer = inProcess(frame);
      assert.equal(runInKernel(kernel, frame), answer, `frame ${hex(frame)}`);
      if (answer !== undefined) answered++;
      if (i % 100_000 === 0) kernel.setAlive(process.hrtime.bigint() + MINUTE);
      if (i % Math.ceil(count / 10) === 0) megabytes.push(residentMegabytes());
    }
  } finally {
    kernel.close();
  }
  return { answered, megabytes };
}

function noise(random: () => number): Uint8Array {
  const seed = SEEDS[Math.floor(random() * SEEDS.length)] ?? new Uint8Array(60);
  const isCut = random() < 0.1;
  const length = isCut ? LENGTH_LEAST + Math.floor(random() * (seed.length + 20 - LENGTH_LEAST)) : seed.length;
  const frame = new Uint8Array(length);
  frame.set(seed.subarray(0, length));
  for (let left = Math.floor(random() * (CHANGES_MOST + 1)); left > 0; left--) {
    frame[Math.floor(random() * length)] = Math.floor(random() * 256);
  }
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  return length < (LENGTH_LEAST_BY_TYPE.get(type) ?? 0) ? noise(random) : frame;
}

function residentMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
}
