// The responder in the kernel, run on frames that nobody sent, and the ones in the process beside it.
import assert from 'node:assert/strict';
import { KernelResponder } from '#speaker/kernel/responder.ts';
import { loadAddon } from '#speaker/native/addon.ts';
import { createResponder } from '#speaker/respond.ts';
import { createNdpResponder } from '#speaker/respond-ndp.ts';
import * as arp from '#test/speaker/arp-vectors.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';
import * as ndp from '#test/speaker/ndp-vectors.ts';

export const LOOPBACK = 1;
export const MINUTE = 60_000_000_000n;
const NEXT = -1;
const REDIRECT = 7;
const iface = { name: 'lo', index: LOOPBACK, mac: bytes(arp.OURS) };
const owned = [arp.VIP, arp.OTHER_VIP, ndp.VIP, ndp.OTHER_VIP].map((text) => bytes(text));

export function openKernel(echo: boolean): KernelResponder {
  const opened = new KernelResponder({ echo });
  opened.attach(iface);
  for (const address of owned) opened.own(address, LOOPBACK);
  opened.setAlive(process.hrtime.bigint() + MINUTE);
  return opened;
}

/** What the program made of the frame when it answered; undefined when it let the frame pass as it was. */
export function runInKernel(kernel: KernelResponder, frame: Uint8Array): string | undefined {
  const left = loadAddon().testRun(kernel.program, LOOPBACK, frame);
  if (left.verdict === REDIRECT) return hex(left.frame);
  assert.equal(left.verdict, NEXT);
  assert.ok(Buffer.from(frame).equals(left.frame), `changed and passed on: ${hex(frame)}`);
  return undefined;
}

/** What the process would answer. */
export function openInProcess(): (frame: Uint8Array) => string | undefined {
  const responders = [
    createResponder(iface, (ip) => owned.some((one) => one.length === 4 && Buffer.from(one).readUInt32BE() === ip)),
    createNdpResponder(iface, (frame, at) => owned.some((one) => isAt(one, frame, at))),
  ];
  return (frame) => {
    const answer = responders.map((respond) => respond(frame, frame.length)).find((one) => typeof one !== 'string');
    return answer === undefined ? undefined : hex(answer);
  };
}

/** Frames that are answered in the kernel, to be changed at random. */
export const SEEDS: readonly Uint8Array[] = [...arp.answered, ...ndp.answered.filter((one) => !one.long)].map(
  ({ frame }) => frame,
);

function isAt(address: Uint8Array, frame: Uint8Array, at: number): boolean {
  return address.every((octet, i) => frame[at + i] === octet);
}
