// The slot in the kernel that must be refreshed for the responder there to answer: its life is the death deadline, so
// that a process that hangs or is killed falls silent when its peers take over.
import { encodeWord } from '../kernel/layout.ts';
import { loadAddon } from '../native/addon.ts';

export type AliveSlot = { refresh(lifeMs: number): void };

const SLOT = new Uint8Array(4);
const NS_PER_MS = 1_000_000n;

/** `map` is a descriptor of this process, whichever thread opened it. */
export function openAliveSlot(map: number): AliveSlot {
  const bpf = loadAddon();
  return {
    refresh(lifeMs) {
      bpf.update(map, SLOT, encodeWord(process.hrtime.bigint() + BigInt(lifeMs) * NS_PER_MS));
    },
  };
}
