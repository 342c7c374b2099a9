// What heartbeats carry in clusters too large for all to hear all (ADR 9): records of kind 8 to 11, 13 and 14, byte by byte. Big-endian.

/** `replaced`: its next life was met, and is told after this. */
export type Ending = {
  readonly kind: 'died' | 'left' | 'replaced';
  readonly session: bigint;
  readonly incarnation: number;
};

export type Life = {
  readonly kind: 'lives';
  readonly node: string;
  readonly session: bigint;
  /** Raised by the node itself, to refute its death or to say something new; the same or less is old news. */
  readonly incarnation: number;
  readonly ready: boolean;
  /** What it says of itself in its beats, as an extension. */
  readonly details: Uint8Array;
  /** Not on the wire: nothing in it needs to be known at once, so it is passed on after all else. */
  readonly isRoutine?: true;
};

export type News = Ending | Life;

/** A stretch of the ring, by places (`placeOf`): who lives from `from` on, up to but without `to`; all the rest when `to` is 0. */
export type Page = { readonly from: bigint; readonly to: bigint };

export type FleetExtension = {
  /** Of the sender; and whether the receiver is to miss it when it falls silent. Absent: it beats to all. */
  readonly ring?: { readonly incarnation: number; readonly watch: boolean };
  readonly news?: readonly News[];
  /** Asks for the page from this place on. */
  readonly want?: bigint;
  /** The lives in `news` are all of this page. */
  readonly page?: Page;
};

const KIND_RING = 8;
const KIND_ENDING = 9;
const KIND_LIFE = 10;
const KIND_WANT = 11;
const KIND_PAGE = 13;
/** The rest of the record before it. */
export const KIND_MORE = 14;
const ENDINGS = ['died', 'left', 'replaced'] as const;
const RING_LENGTH = 5;
/** Session, incarnation, and the kind or the flags. */
const HEAD_LENGTH = 13;
const PLACE_LENGTH = 8;
const FLAG_READY = 1;
const FLAG_WATCH = 1;
/** The length of a record is one octet. */
const RECORD_MOST = 255;

export function encodeFleetRecords({ ring, news = [], want, page }: FleetExtension): Uint8Array[] {
  const records = news.map((one) =>
    one.kind === 'lives' ? record(KIND_LIFE, encodeLife(one)) : record(KIND_ENDING, encodeEnding(one)),
  );
  if (ring) records.push(record(KIND_RING, encodeRing(ring)));
  if (want !== undefined) records.push(record(KIND_WANT, encodePlaces(want)));
  if (page) records.push(record(KIND_PAGE, encodePlaces(page.from, page.to)));
  return records;
}

/** Octets that the news takes in a message. */
export function lengthOf(news: News): number {
  if (news.kind !== 'lives') return 2 + HEAD_LENGTH;
  const length = HEAD_LENGTH + 1 + Buffer.byteLength(news.node) + news.details.length;
  return length + 2 * Math.ceil(length / RECORD_MOST);
}

export function decodeFleetRecord(kind: number, value: Buffer): FleetExtension {
  if (kind === KIND_RING && value.length >= RING_LENGTH)
    return { ring: { incarnation: value.readUInt32BE(0), watch: (value.readUInt8(4) & FLAG_WATCH) !== 0 } };
  if (kind === KIND_WANT && value.length >= PLACE_LENGTH) return { want: value.readBigUInt64BE(0) };
  if (kind === KIND_PAGE && value.length >= 2 * PLACE_LENGTH)
    return { page: { from: value.readBigUInt64BE(0), to: value.readBigUInt64BE(PLACE_LENGTH) } };
  const news = decodeNews(kind, value);
  return news ? { news: [news] } : {};
}

function decodeNews(kind: number, value: Buffer): News | undefined {
  if (value.length < HEAD_LENGTH) return undefined;
  if (kind === KIND_LIFE) return decodeLife(value);
  const ending = kind === KIND_ENDING ? ENDINGS[value.readUInt8(12)] : undefined;
  return ending && { kind: ending, ...decodeHead(value) };
}

/** In as many records as its length needs. */
function record(kind: number, value: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < value.length; at += RECORD_MOST) {
    const part = value.subarray(at, at + RECORD_MOST);
    parts.push(Uint8Array.of(at === 0 ? kind : KIND_MORE, part.length), part);
  }
  return Buffer.concat(parts);
}

function encodeRing({ incarnation, watch }: { incarnation: number; watch: boolean }): Buffer {
  const bytes = Buffer.alloc(RING_LENGTH);
  bytes.writeUInt32BE(incarnation, 0);
  bytes.writeUInt8(watch ? FLAG_WATCH : 0, 4);
  return bytes;
}

function encodeEnding({ kind, session, incarnation }: Ending): Buffer {
  return encodeHead({ session, incarnation }, ENDINGS.indexOf(kind));
}

function encodeLife(life: Life): Buffer {
  const name = Buffer.from(life.node, 'utf8');
  const head = encodeHead(life, life.ready ? FLAG_READY : 0);
  return Buffer.concat([head, Uint8Array.of(name.length), name, life.details]);
}

function decodeLife(value: Buffer): Life | undefined {
  const nameAt = HEAD_LENGTH + 1;
  const nameEnd = nameAt + (value.length > nameAt ? value.readUInt8(HEAD_LENGTH) : 0);
  if (nameEnd === nameAt || nameEnd > value.length) return undefined;
  return {
    kind: 'lives',
    node: value.toString('utf8', nameAt, nameEnd),
    ...decodeHead(value),
    ready: (value.readUInt8(12) & FLAG_READY) !== 0,
    details: value.subarray(nameEnd),
  };
}

function encodeHead({ session, incarnation }: { session: bigint; incarnation: number }, last: number): Buffer {
  const bytes = Buffer.alloc(HEAD_LENGTH);
  bytes.writeBigUInt64BE(session, 0);
  bytes.writeUInt32BE(incarnation, 8);
  bytes.writeUInt8(last, 12);
  return bytes;
}

function decodeHead(value: Buffer): { session: bigint; incarnation: number } {
  return { session: value.readBigUInt64BE(0), incarnation: value.readUInt32BE(8) };
}

function encodePlaces(...places: bigint[]): Buffer {
  const bytes = Buffer.alloc(places.length * PLACE_LENGTH);
  places.forEach((place, i) => {
    bytes.writeBigUInt64BE(place, i * PLACE_LENGTH);
  });
  return bytes;
}
