// Keys, values and outcomes of the in-kernel responder's maps, as native/bpf/responder.bpf.c lays them out.

/** In the order of `enum outcome`; the first three are answers, all others were left to whoever comes behind. */
export const OUTCOMES = [
  'ArpAnswered',
  'NdpAnswered',
  'EchoAnswered',
  'Asleep',
  'NotOwned',
  'Vlan',
  'SenderIsOwned',
  'Refused',
  'TooLong',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Address in network order, then the interface in the machine's order. */
export function encodeKey(address: Uint8Array, ifaceIndex: number): Uint8Array {
  const key = new Uint8Array(address.length + 4);
  key.set(address);
  key.set(encodeIndex(ifaceIndex), address.length);
  return key;
}

export function decodeKey(key: Uint8Array): { readonly address: Uint8Array; readonly ifaceIndex: number } {
  const at = key.length - 4;
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return { address: key.subarray(0, at), ifaceIndex: view.getUint32(at, true) };
}

export function encodeIndex(index: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(index);
  return bytes;
}

export function encodeIface(mac: Uint8Array): Uint8Array {
  const value = new Uint8Array(8);
  value.set(mac);
  return value;
}

export function encodeWord(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The sum over all processors of a per-CPU value. */
export function sumWords(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 8) sum += Number(view.getBigUint64(at, true));
  return sum;
}
