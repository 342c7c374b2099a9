// The heartbeat on the wire: one authenticated datagram, the same bytes to all peers. All numbers big-endian.
//
//   0 magic "ARPG"   4 version   5 type   6 flags   7 name length   8 session   16 sequence   24 echoes   26 extension length
//   28 node name, sessions heard (8 bytes each), extension, HMAC-SHA-256 of all before
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { decodeExtension, type Extension, encodeExtension } from './extension.ts';

export type Heartbeat = Extension & {
  /**
   * `pause`: back in a moment on the same node, until then the kernel there answers. `probe`: answer by a beat, now.
   * `question` and `answer` carry the record of their name. Who does not know a type ignores the message.
   */
  readonly type: keyof typeof TYPES;
  readonly node: string;
  /** The sender can announce. */
  readonly ready: boolean;
  /** Random, one per life of the sender. */
  readonly session: bigint;
  /** Grows with every message of a session. */
  readonly sequence: bigint;
  /** Sessions the sender heard of late: who finds his own here knows that this message is no recording of another life. */
  readonly echoes: readonly bigint[];
};

export type MessageProblem = 'Malformed' | 'WrongKey' | 'Version' | 'Type';

const MAGIC = 0x41525047;
const VERSION = 1;
const TYPES = { beat: 1, leave: 2, pause: 3, probe: 4, question: 5, answer: 6 } as const;
const FLAG_READY = 1;
const HEADER_LENGTH = 28;
const TAG_LENGTH = 32;
const SESSION_LENGTH = 8;
const NAME_LENGTH_MOST = 253;

/** One Ethernet frame. */
export const DATAGRAM_MOST = 1_472;
/** With these and a node name of 63 characters all records fit that a node says of itself. */
export const ECHOES_MOST = 76;
/** Echoes that matter in a message to one node. */
export const ECHOES_TO_ONE_MOST = 4;

/** Octets that a message to one node has left beside all of this. */
export function roomBeside(node: string, extension: Extension): number {
  const rest = Buffer.byteLength(node) + ECHOES_TO_ONE_MOST * SESSION_LENGTH + encodeExtension(extension).length;
  return DATAGRAM_MOST - HEADER_LENGTH - TAG_LENGTH - rest;
}

export function encodeHeartbeat(message: Heartbeat, key: KeyObject): Buffer {
  const name = Buffer.from(message.node, 'utf8');
  if (name.length > NAME_LENGTH_MOST)
    throw new RangeError(
      `Cannot encode heartbeat: node name "${message.node}" is longer than ${NAME_LENGTH_MOST} bytes`,
    );
  const { extension, room } = fit(message, DATAGRAM_MOST - HEADER_LENGTH - name.length - TAG_LENGTH);
  const echoes = message.echoes.slice(0, Math.min(ECHOES_MOST, Math.floor(room / SESSION_LENGTH)));
  const extensionAt = HEADER_LENGTH + name.length + echoes.length * SESSION_LENGTH;
  const bodyLength = extensionAt + extension.length;
  const bytes = Buffer.alloc(bodyLength + TAG_LENGTH);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt8(VERSION, 4);
  bytes.writeUInt8(TYPES[message.type], 5);
  bytes.writeUInt8(message.ready ? FLAG_READY : 0, 6);
  bytes.writeUInt8(name.length, 7);
  bytes.writeBigUInt64BE(message.session, 8);
  bytes.writeBigUInt64BE(message.sequence, 16);
  bytes.writeUInt16BE(echoes.length, 24);
  bytes.writeUInt16BE(extension.length, 26);
  name.copy(bytes, HEADER_LENGTH);
  echoes.forEach((session, i) => {
    bytes.writeBigUInt64BE(session, HEADER_LENGTH + name.length + i * SESSION_LENGTH);
  });
  bytes.set(extension, extensionAt);
  sign(bytes.subarray(0, bodyLength), key).copy(bytes, bodyLength);
  return bytes;
}

/** What it holds is left out where much news leaves no room for it: other messages say that, too. */
function fit(message: Heartbeat, length: number): { extension: Buffer; room: number } {
  const whole = encodeExtension(message);
  const isShort = whole.length + ECHOES_TO_ONE_MOST * SESSION_LENGTH > length;
  const { holding: _holding, ...rest } = message;
  const extension = isShort && message.holding ? encodeExtension(rest) : whole;
  return { extension, room: Math.max(0, length - extension.length) };
}

/** Nothing is read from a message before one of the keys has proved it. */
export function decodeHeartbeat(bytes: Buffer, keys: readonly KeyObject[]): Heartbeat | MessageProblem {
  if (bytes.length < HEADER_LENGTH + TAG_LENGTH || bytes.readUInt32BE(0) !== MAGIC) return 'Malformed';
  const body = bytes.subarray(0, -TAG_LENGTH);
  const tag = bytes.subarray(-TAG_LENGTH);
  if (!keys.some((key) => timingSafeEqual(sign(body, key), tag))) return 'WrongKey';
  if (body.readUInt8(4) !== VERSION) return 'Version';
  const type = typeOf(body.readUInt8(5));
  if (!type) return 'Type';
  const nameEnd = HEADER_LENGTH + body.readUInt8(7);
  const echoesEnd = nameEnd + body.readUInt16BE(24) * SESSION_LENGTH;
  if (nameEnd === HEADER_LENGTH || echoesEnd + body.readUInt16BE(26) !== body.length) return 'Malformed';
  const extension = decodeExtension(body.subarray(echoesEnd));
  if ((type === 'question' || type === 'answer') && !extension[type]) return 'Malformed';
  return {
    type,
    node: body.toString('utf8', HEADER_LENGTH, nameEnd),
    ready: (body.readUInt8(6) & FLAG_READY) !== 0,
    session: body.readBigUInt64BE(8),
    sequence: body.readBigUInt64BE(16),
    echoes: readEchoes(body, nameEnd, echoesEnd),
    ...extension,
  };
}

function readEchoes(body: Buffer, start: number, end: number): bigint[] {
  const echoes: bigint[] = [];
  for (let offset = start; offset < end; offset += SESSION_LENGTH) echoes.push(body.readBigUInt64BE(offset));
  return echoes;
}

function typeOf(code: number): Heartbeat['type'] | undefined {
  return (Object.keys(TYPES) as Heartbeat['type'][]).find((type) => TYPES[type] === code);
}

function sign(body: Buffer, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(body).digest();
}
