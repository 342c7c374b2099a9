// Classic BPF (linux/filter.h) for packet sockets: a list of checks that a frame must pass.

/** One `struct sock_filter`: code, jumps when true and when false, operand. */
export type Instruction = { readonly code: number; readonly jt: number; readonly jf: number; readonly k: number };

export type Check = { readonly load: readonly Instruction[]; readonly values: readonly number[] };

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;

// Offsets from here read metadata of the frame instead of its bytes (SKF_AD_OFF).
const METADATA = 0xffff_f000;
const PACKET_TYPE = METADATA + 4;
const VLAN_TAG = METADATA + 44;
const PACKET_HOST = 0;
const PACKET_BROADCAST = 1;
const PACKET_MULTICAST = 2;
const VLAN_ID_MASK = 0x0fff;
const WHOLE_FRAME = 0x4_0000;

/**
 * Sent by others, to us or to all, untagged (a priority tag, id 0, is no VLAN). Mostly the kernel has taken a foreign
 * VLAN's tag off before it asks us: then the packet type says "other host".
 */
export const FOR_US: readonly Check[] = [
  { load: [load(LOAD_WORD, PACKET_TYPE)], values: [PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST] },
  { load: [load(LOAD_WORD, VLAN_TAG), { code: AND, jt: 0, jf: 0, k: VLAN_ID_MASK }], values: [0] },
];

/** The two octets at an offset are one of these numbers. */
export function half(offset: number, ...values: number[]): Check {
  return { load: [load(LOAD_HALF, offset)], values };
}

/** The octet at an offset is one of these numbers. */
export function byte(offset: number, ...values: number[]): Check {
  return { load: [load(LOAD_BYTE, offset)], values };
}

/** Passes whole frames that pass all checks. */
export function assemble(checks: readonly Check[]): Instruction[] {
  const length = checks.reduce((sum, check) => sum + check.load.length + check.values.length, 0);
  const drop = length + 1;
  const program: Instruction[] = [];
  // Each check falls through to the next one or jumps to the last instruction, which drops.
  for (const { load: loads, values } of checks) {
    program.push(...loads);
    values.forEach((k, i) => {
      const toDrop = drop - program.length - 1;
      const isLast = i === values.length - 1;
      program.push({ code: JUMP_EQUAL, jt: values.length - 1 - i, jf: isLast ? toDrop : 0, k });
    });
  }
  return [...program, { code: RETURN, jt: 0, jf: 0, k: WHOLE_FRAME }, { code: RETURN, jt: 0, jf: 0, k: 0 }];
}

/** The kernel's layout, in this machine's byte order (all supported machines are little-endian). */
export function encodeFilter(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  });
  return bytes;
}

function load(code: number, k: number): Instruction {
  return { code, jt: 0, jf: 0, k };
}
