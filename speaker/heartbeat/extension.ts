// What a heartbeat carries beyond its first version: records of kind, length and value. Unknown kinds are skipped.
import { formatMac, parseMac } from '#core/mac.ts';
import { decodeHolding, encodeHolding, type Holding } from './holdings.ts';
import { decodeFleetRecord, encodeFleetRecords, type FleetExtension, KIND_MORE } from './news.ts';
import { decodeStanding, encodeStanding, type Standing } from './standing.ts';

/** Have you heard this session within so many ms? */
export type Question = { readonly about: bigint; readonly id: number; readonly withinMs: number };

/** It was heard `ageMs` before this answer. Names the asker, so that it is nobody else's answer. */
export type Answer = { readonly asker: bigint; readonly id: number; readonly about: bigint; readonly ageMs: number };

export type Extension = FleetExtension & {
  /** The MAC addresses a speaker announces with: to its peers they are never strangers. */
  readonly macs?: readonly string[];
  /** Absent from older speakers: nothing speaks against their nodes. */
  readonly standing?: Standing;
  readonly question?: Question;
  readonly answer?: Answer;
  /** From speakers with sticky owners alone, and in every message of them. */
  readonly holding?: Holding;
};

const KIND_MACS = 1;
const KIND_QUESTION = 2;
const KIND_ANSWER = 3;
const UNSAID: Standing = { draining: false, uplink: 'unknown' };
const KIND_HOLDING = 12;
const MAC_LENGTH = 6;
const QUESTION_LENGTH = 14;
const ANSWER_LENGTH = 22;
const UINT16_MOST = 0xffff;
/** Keeps the datagram below one Ethernet frame together with the most echoes. */
const MACS_MOST = 24;

export function encodeExtension({ macs = [], standing, question, answer, holding, ...fleet }: Extension): Buffer {
  const octets = macs.slice(0, MACS_MOST).flatMap((mac) => [...(parseMac(mac) ?? [])]);
  const records = [];
  if (octets.length > 0) records.push(Uint8Array.of(KIND_MACS, octets.length, ...octets));
  for (const { kind, value } of standing ? encodeStanding(standing) : []) {
    records.push(Uint8Array.of(kind, value.length), value);
  }
  if (question) records.push(Uint8Array.of(KIND_QUESTION, QUESTION_LENGTH), encodeQuestion(question));
  if (answer) records.push(Uint8Array.of(KIND_ANSWER, ANSWER_LENGTH), encodeAnswer(answer));
  if (holding) {
    const value = encodeHolding(holding);
    records.push(Uint8Array.of(KIND_HOLDING, value.length), value);
  }
  return Buffer.concat([...records, ...encodeFleetRecords(fleet)]);
}

function encodeQuestion({ about, id, withinMs }: Question): Buffer {
  const bytes = Buffer.alloc(QUESTION_LENGTH);
  bytes.writeBigUInt64BE(about, 0);
  bytes.writeUInt32BE(id, 8);
  bytes.writeUInt16BE(Math.min(withinMs, UINT16_MOST), 12);
  return bytes;
}

function encodeAnswer({ asker, id, about, ageMs }: Answer): Buffer {
  const bytes = Buffer.alloc(ANSWER_LENGTH);
  bytes.writeBigUInt64BE(asker, 0);
  bytes.writeUInt32BE(id, 8);
  bytes.writeBigUInt64BE(about, 12);
  bytes.writeUInt16BE(Math.min(ageMs, UINT16_MOST), 20);
  return bytes;
}

export function decodeExtension(bytes: Buffer): Extension {
  let found: Extension = {};
  for (const { kind, value } of readRecords(bytes)) {
    const said = decodeStanding(kind, value);
    // One thing in several records.
    const { news, ...record }: Extension = said
      ? { standing: { ...UNSAID, ...found.standing, ...said } }
      : decodeRecord(kind, value);
    found = { ...found, ...record, ...(news ? { news: [...(found.news ?? []), ...news] } : {}) };
  }
  return found;
}

/** A record that does not fit ends the reading; one that continues another is joined to it. */
function readRecords(bytes: Buffer): { kind: number; value: Buffer }[] {
  const records: { kind: number; value: Buffer }[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const end = at + 2 + bytes.readUInt8(at + 1);
    if (end > bytes.length) break;
    const [kind, value] = [bytes.readUInt8(at), bytes.subarray(at + 2, end)];
    const before = records.at(-1);
    if (kind === KIND_MORE && before) before.value = Buffer.concat([before.value, value]);
    else records.push({ kind, value });
    at = end;
  }
  return records;
}

function decodeRecord(kind: number, value: Buffer): Extension {
  if (kind === KIND_MACS) return decodeMacs(value);
  if (kind === KIND_HOLDING) return decodeHolding(value);
  if (kind === KIND_QUESTION && value.length >= QUESTION_LENGTH) {
    const [about, id, withinMs] = [value.readBigUInt64BE(0), value.readUInt32BE(8), value.readUInt16BE(12)];
    return { question: { about, id, withinMs } };
  }
  if (kind === KIND_ANSWER && value.length >= ANSWER_LENGTH) {
    const [asker, id] = [value.readBigUInt64BE(0), value.readUInt32BE(8)];
    return { answer: { asker, id, about: value.readBigUInt64BE(12), ageMs: value.readUInt16BE(20) } };
  }
  return decodeFleetRecord(kind, value);
}

function decodeMacs(value: Buffer): Extension {
  const macs: string[] = [];
  for (let i = 0; i + MAC_LENGTH <= value.length; i += MAC_LENGTH) {
    macs.push(formatMac(value.subarray(i, i + MAC_LENGTH)));
  }
  return macs.length === 0 ? {} : { macs };
}
