// Ethernet II frames (IEEE 802.3): where the fields are, and which addresses may stand in them.

export const ETHERNET_HEADER_LENGTH = 14;
export const DESTINATION_OFFSET = 0;
export const SOURCE_OFFSET = 6;
export const ETHERTYPE_OFFSET = 12;
export const MAC_LENGTH = 6;

export type EthernetHeader = {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly etherType: number;
};

/** Writes the header at the start of `frame`. */
export function encodeEthernet(frame: Uint8Array, { destination, source, etherType }: EthernetHeader): void {
  frame.set(destination, DESTINATION_OFFSET);
  frame.set(source, SOURCE_OFFSET);
  writeUint16(frame, ETHERTYPE_OFFSET, etherType);
}

/** The group bit: multicast and broadcast addresses, which no station has as its own. */
export function isGroupMac(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset] ?? 0) & 1) === 1;
}

export function isBroadcastMac(bytes: Uint8Array, offset: number): boolean {
  return isFilledWith(bytes, offset, 0xff);
}

/** False for group addresses and for all zeros. */
export function isStationMac(bytes: Uint8Array, offset: number): boolean {
  return !(isGroupMac(bytes, offset) || isFilledWith(bytes, offset, 0));
}

export function equalsMac(bytes: Uint8Array, offset: number, mac: Uint8Array): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) if (bytes[offset + i] !== mac[i]) return false;
  return true;
}

export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0;
}

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 0xff;
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value >>> 16);
  writeUint16(bytes, offset + 2, value & 0xffff);
}

function isFilledWith(bytes: Uint8Array, offset: number, octet: number): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) if (bytes[offset + i] !== octet) return false;
  return true;
}
