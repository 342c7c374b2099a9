// Runs the few classic BPF instructions our filters use, as the kernel would (linux/filter.h).
import assert from 'node:assert/strict';
import type { Instruction } from '#speaker/packet-filter.ts';

export type Metadata = { readonly packetType: number; readonly vlanTag: number };

/** The number of bytes the kernel would keep; 0 is a drop. */
export function runFilter(program: readonly Instruction[], frame: Uint8Array, metadata: Metadata): number {
  let accumulator = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at] ?? assert.fail();
    if (code === 0x06) return k;
    if (code === 0x15) at += accumulator === k ? jt : jf;
    else if (code === 0x54) accumulator &= k;
    else {
      const loaded = load(code, k, { frame, metadata });
      // A load beyond the frame is a drop.
      if (loaded === undefined) return 0;
      accumulator = loaded;
    }
  }
  return assert.fail('ran past the end');
}

type Input = { readonly frame: Uint8Array; readonly metadata: Metadata };

function load(code: number, k: number, { frame, metadata }: Input): number | undefined {
  if (k === 0xfffff004) return metadata.packetType;
  if (k === 0xfffff02c) return metadata.vlanTag;
  if (code === 0x30) return frame[k];
  assert.equal(code, 0x28);
  return k + 2 > frame.length ? undefined : Buffer.from(frame).readUInt16BE(k);
}
