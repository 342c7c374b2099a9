// The one place that loads the C addon, and the types of what it exports.
import { createRequire } from 'node:module';

declare const handleBrand: unique symbol;

/** An open socket of the addon. */
export type Handle = { readonly [handleBrand]: true };

export type PacketSocketOptions = {
  /** For error sentences; `index` decides. */
  readonly name: string;
  readonly index: number;
  readonly etherType: number;
  /** `struct sock_filter[]` in the machine's byte order. */
  readonly filter: Uint8Array;
  /** Every frame is received here; it is valid until the callback returns. */
  readonly buffer: Uint8Array;
};

/** Commands of bpf(2); every number is a descriptor of this process unless it is said to be an interface's index. */
export type Bpf = {
  /** Type, key size, value size, entries, flags. */
  createMap(name: string, shape: Uint32Array): number;
  loadProgram(instructions: Uint8Array): number;
  pin(descriptor: number, path: string): void;
  /** -1 when nothing is pinned there. */
  openPinned(path: string): number;
  /** Type, key size, value size, entries. */
  describeMap(map: number): Uint32Array;
  update(map: number, key: Uint8Array, value: Uint8Array): boolean;
  /** Into `value`; false when the key is not there, as of the two below. */
  lookup(map: number, key: Uint8Array, value: Uint8Array): boolean;
  delete(map: number, key: Uint8Array): boolean;
  nextKey(map: number, key: Uint8Array | undefined, next: Uint8Array): boolean;
  /** At the head of the tcx ingress chain. */
  attach(program: number, ifaceIndex: number): number;
  replaceProgram(link: number, program: number): void;
  /** Runs the program on a frame that nobody sent: what it decided, and what it made of the frame. */
  testRun(
    program: number,
    ifaceIndex: number,
    frame: Uint8Array,
  ): { readonly verdict: number; readonly frame: Uint8Array };
  closeDescriptor(descriptor: number): void;
};

export type Addon = Bpf & {
  openPacketSocket(options: PacketSocketOptions, onFrame: (length: number) => void): Handle;
  sendFrame(handle: Handle, frame: Uint8Array): void;
  /** Multicast frames for `mac` on the interface with this index. */
  joinGroup(handle: Handle, index: number, mac: Uint8Array): void;
  leaveGroup(handle: Handle, index: number, mac: Uint8Array): void;
  openLinkMonitor(onChange: () => void): Handle;
  close(handle: Handle): void;
};

let loaded: Addon | undefined;

/** Loads on first use, so that pure parts can be imported where the addon is not built. */
export function loadAddon(): Addon {
  try {
    loaded ??= createRequire(import.meta.url)('./arpeggio.node') as Addon;
    return loaded;
  } catch (cause) {
    throw new Error('Cannot load speaker/native/arpeggio.node: build it with speaker/native/build.sh', { cause });
  }
}
