// The responder in the kernel: loads the program, keeps its maps in step with what is owned, attaches it to interfaces.
// With a folder on bpffs maps and links are pinned there and survive the process; without one they end with it.
import { mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Iface } from '../iface.ts';
import { type Bpf, loadAddon } from '../native/addon.ts';
import {
  decodeKey,
  encodeIface,
  encodeIndex,
  encodeKey,
  encodeWord,
  OUTCOMES,
  type Outcome,
  sumWords,
} from './layout.ts';
import { linkProgram, type MapDefinition, readBpfObject } from './object.ts';

export type KernelOptions = {
  /** A folder on bpffs of our own. */
  readonly pinFolder?: string | undefined;
  readonly echo: boolean;
};

const OBJECT = new URL('../native/bpf/responder.bpf.o', import.meta.url);
const HASH = 1;
const NS_PER_MS = 1_000_000n;
const NO_PREALLOCATION = 1;
/** No room in a map, or no memory for one more. */
const NO_ROOM = new Set(['E2BIG', 'ENOMEM']);
const ZERO = new Uint8Array(8);
const SLOT = new Uint8Array(4);

export class KernelResponder {
  readonly #bpf: Bpf = loadAddon();
  readonly #pinFolder: string | undefined;
  readonly #maps: ReadonlyMap<string, number>;
  readonly #links = new Map<number, number>();
  /** Descriptor of the loaded program. */
  readonly program: number;
  /** How many addresses of a family, on all interfaces together, there is room for. */
  readonly limit: number;
  /** How many maps and links of an earlier process are in use again. */
  readopted: number;

  /** Throws an Error with a sentence and `code` where the kernel or the capabilities do not allow it. */
  constructor({ pinFolder, echo }: KernelOptions) {
    this.#pinFolder = pinFolder;
    const object = readBpfObject(readFileSync(OBJECT));
    if (pinFolder !== undefined) mkdirSync(pinFolder, { recursive: true, mode: 0o700 });
    const opened = object.maps.map((map) => ({ ...openMap(map, pinFolder), name: map.name }));
    this.#maps = new Map(opened.map(({ name, descriptor }) => [name, descriptor]));
    this.limit = object.maps.find(({ name }) => name === 'owned4')?.entries ?? 0;
    this.readopted = opened.filter(({ isOld }) => isOld).length;
    this.program = this.#bpf.loadProgram(linkProgram(object, this.#maps));
    this.#clearExpired();
    this.#bpf.update(this.#map('echo'), SLOT, encodeWord(echo ? 1n : 0n));
  }

  /** Descriptor of the slot that keeps it answering, for the thread that refreshes it. */
  get alive(): number {
    return this.#map('alive');
  }

  attach(iface: Iface): void {
    this.#bpf.update(this.#map('ifaces'), encodeIndex(iface.index), encodeIface(iface.mac));
    if (this.#links.has(iface.index)) return;
    const pin = this.#pinOf(iface.index);
    const adopted = pin === undefined ? undefined : this.#adopt(pin);
    const link = adopted ?? this.#bpf.attach(this.program, iface.index);
    this.#links.set(iface.index, link);
    if (adopted === undefined && pin !== undefined) this.#bpf.pin(link, pin);
  }

  detach(ifaceIndex: number): void {
    this.#bpf.delete(this.#map('ifaces'), encodeIndex(ifaceIndex));
    const link = this.#links.get(ifaceIndex);
    if (link === undefined) return;
    const pin = this.#pinOf(ifaceIndex);
    if (pin !== undefined) rmSync(pin, { force: true });
    this.#bpf.closeDescriptor(link);
    this.#links.delete(ifaceIndex);
  }

  /** False when there is no room for it: then it is left to the process. */
  own(address: Uint8Array, ifaceIndex: number): boolean {
    const map = this.#mapOf(address);
    const key = encodeKey(address, ifaceIndex);
    // One that an earlier process owned keeps its count.
    if (this.#bpf.lookup(map, key, new Uint8Array(8))) return true;
    try {
      this.#bpf.update(map, key, ZERO);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && NO_ROOM.has(String(error.code))) return false;
      throw error;
    }
  }

  disown(address: Uint8Array, ifaceIndex: number): void {
    this.#bpf.delete(this.#mapOf(address), encodeKey(address, ifaceIndex));
  }

  /** Disowns what an earlier process owned and this one does not. */
  retain(isOwned: (address: Uint8Array, ifaceIndex: number) => boolean): void {
    for (const map of this.#ownedMaps()) {
      for (const key of this.#keysOf(map)) {
        const { address, ifaceIndex } = decodeKey(key);
        if (!isOwned(address, ifaceIndex)) this.#bpf.delete(map, key);
      }
    }
  }

  /** Answers given for an address on an interface. */
  answers(address: Uint8Array, ifaceIndex: number): number {
    const value = new Uint8Array(8);
    const isThere = this.#bpf.lookup(this.#mapOf(address), encodeKey(address, ifaceIndex), value);
    return isThere ? sumWords(value) : 0;
  }

  outcomes(): { readonly [outcome in Outcome]: number } {
    const value = new Uint8Array(8 * possibleCpus());
    const map = this.#map('outcomes');
    const read = (i: number) => (this.#bpf.lookup(map, encodeIndex(i), value) ? sumWords(value) : 0);
    return Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, read(i)])) as { [outcome in Outcome]: number };
  }

  /** Nothing is answered after this time of the monotonic clock, ns. */
  setAlive(until: bigint): void {
    this.#bpf.update(this.alive, SLOT, encodeWord(until));
  }

  /** Leaves what is pinned to a successor, answering for so long. */
  handOver(ms: number): void {
    this.setAlive(process.hrtime.bigint() + BigInt(ms) * NS_PER_MS);
    this.#closeDescriptors();
  }

  /** Leaves nothing behind. */
  close(): void {
    this.setAlive(0n);
    if (this.#pinFolder !== undefined) unpin(this.#pinFolder);
    this.#closeDescriptors();
  }

  #closeDescriptors(): void {
    const descriptors = [...this.#links.values(), this.program, ...this.#maps.values()];
    for (const descriptor of descriptors) this.#bpf.closeDescriptor(descriptor);
    this.#links.clear();
  }

  #adopt(pin: string): number | undefined {
    const link = this.#bpf.openPinned(pin);
    if (link < 0) return undefined;
    try {
      this.#bpf.replaceProgram(link, this.program);
      this.readopted++;
      return link;
    } catch {
      // Its interface is gone: a dead pin.
      this.#bpf.closeDescriptor(link);
      unlinkSync(pin);
      return undefined;
    }
  }

  /** Addresses of a process whose slot ran out have other owners by now: they must not come back to life with us. */
  #clearExpired(): void {
    const slot = Buffer.alloc(8);
    this.#bpf.lookup(this.alive, SLOT, slot);
    if (slot.readBigUInt64LE() <= process.hrtime.bigint()) this.retain(() => false);
  }

  #keysOf(map: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    const length = this.#bpf.describeMap(map)[1] ?? 0;
    let key: Uint8Array | undefined;
    for (let next = new Uint8Array(length); this.#bpf.nextKey(map, key, next); next = new Uint8Array(length)) {
      keys.push(next);
      key = next;
    }
    return keys;
  }

  #ownedMaps(): number[] {
    return [this.#map('owned4'), this.#map('owned6')];
  }

  #mapOf(address: Uint8Array): number {
    return this.#map(address.length === 4 ? 'owned4' : 'owned6');
  }

  #map(name: string): number {
    const map = this.#maps.get(name);
    if (map === undefined) throw new Error(`Cannot use map "${name}": the program has none of that name`);
    return map;
  }

  #pinOf(ifaceIndex: number): string | undefined {
    return this.#pinFolder === undefined ? undefined : join(this.#pinFolder, `link-${ifaceIndex}`);
  }
}

/** Old maps are used again when they look as they should; others make way. */
function openMap(map: MapDefinition, pinFolder: string | undefined): { descriptor: number; isOld: boolean } {
  const bpf = loadAddon();
  const shape = [map.type, map.keySize, map.valueSize, map.entries];
  const pin = pinFolder === undefined ? undefined : join(pinFolder, map.name);
  const old = pin === undefined ? -1 : bpf.openPinned(pin);
  if (old >= 0) {
    if (bpf.describeMap(old).every((word, i) => word === shape[i])) return { descriptor: old, isOld: true };
    bpf.closeDescriptor(old);
    if (pin !== undefined) unlinkSync(pin);
  }
  const flags = map.type === HASH ? NO_PREALLOCATION : 0;
  const descriptor = bpf.createMap(map.name, Uint32Array.of(...shape, flags));
  if (pin !== undefined) bpf.pin(descriptor, pin);
  return { descriptor, isOld: false };
}

function unpin(folder: string): void {
  for (const name of readdirSync(folder)) unlinkSync(join(folder, name));
  rmSync(folder, { recursive: true, force: true });
}

/** A per-CPU value has one slot for each processor that could ever be there. */
function possibleCpus(): number {
  const last = /(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'latin1'))?.[1];
  return Number(last ?? 0) + 1;
}
