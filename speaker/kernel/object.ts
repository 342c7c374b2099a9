// Reads what clang made of the in-kernel responder: instructions, maps, and where instructions name maps (ELF64, gABI).
// Small on purpose: one program section "tc", one section "maps" of {type, key, value, entries}, nothing else is linked.

export type MapDefinition = {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly entries: number;
};

export type BpfObject = {
  readonly instructions: Uint8Array;
  readonly maps: readonly MapDefinition[];
  /** Byte offset of an instruction, and the map it loads the descriptor of. */
  readonly references: readonly { readonly offset: number; readonly map: string }[];
};

type Section = { readonly name: string; readonly kind: number; readonly link: number; readonly bytes: Buffer };
type Symbol = { readonly name: string; readonly section: number; readonly value: number };

const HEADER_LENGTH = 64;
const KIND_SYMBOLS = 2;
const KIND_RELOCATIONS = 9;
const SYMBOL_LENGTH = 24;
const RELOCATION_LENGTH = 16;
const MAP_LENGTH = 16;
/** `BPF_LD | BPF_IMM | BPF_DW` and, in its source register, "the constant is a map's descriptor". */
const LOAD_CONSTANT = 0x18;
const PSEUDO_MAP = 1;

export function readBpfObject(file: Buffer): BpfObject {
  const sections = readSections(file);
  const program = find(sections, ({ name }) => name === 'tc');
  const maps = find(sections, ({ name }) => name === 'maps');
  const symbols = readSymbols(sections);
  const mapSymbols = symbols.filter(({ name, section }) => name !== '' && sections[section] === maps);
  const relocations = find(sections, ({ kind, name }) => kind === KIND_RELOCATIONS && name === '.reltc').bytes;
  return {
    instructions: program.bytes,
    maps: mapSymbols.map(({ name, value }) => readMap(name, maps.bytes.subarray(value, value + MAP_LENGTH))),
    references: records(relocations, RELOCATION_LENGTH).map((record) => {
      const offset = Number(record.readBigUInt64LE(0));
      const map = symbols[record.readUInt32LE(12)]?.name ?? '';
      if (program.bytes[offset] !== LOAD_CONSTANT) throw new Error(`Cannot read BPF object: "${map}" is no map`);
      return { offset, map };
    }),
  };
}

/** The instructions with the descriptors of these maps. */
export function linkProgram(object: BpfObject, descriptors: ReadonlyMap<string, number>): Uint8Array {
  const linked = Buffer.from(object.instructions);
  for (const { offset, map } of object.references) {
    const descriptor = descriptors.get(map);
    if (descriptor === undefined) throw new Error(`Cannot link BPF program: map "${map}" is missing`);
    linked.writeUInt8(((linked[offset + 1] ?? 0) & 0x0f) | (PSEUDO_MAP << 4), offset + 1);
    linked.writeInt32LE(descriptor, offset + 4);
  }
  return linked;
}

function readSections(file: Buffer): Section[] {
  const at = Number(file.readBigUInt64LE(40));
  const headers = records(file.subarray(at, at + file.readUInt16LE(60) * HEADER_LENGTH), HEADER_LENGTH);
  const bytesOf = (header: Buffer) => {
    const start = Number(header.readBigUInt64LE(24));
    return file.subarray(start, start + Number(header.readBigUInt64LE(32)));
  };
  const names = headers[file.readUInt16LE(62)];
  if (!names) throw new Error('Cannot read BPF object: it has no section names');
  const texts = bytesOf(names);
  return headers.map((header) => ({
    name: textAt(texts, header.readUInt32LE(0)),
    kind: header.readUInt32LE(4),
    link: header.readUInt32LE(40),
    bytes: bytesOf(header),
  }));
}

function readSymbols(sections: readonly Section[]): Symbol[] {
  const table = find(sections, ({ kind }) => kind === KIND_SYMBOLS);
  const texts = sections[table.link]?.bytes ?? Buffer.alloc(0);
  return records(table.bytes, SYMBOL_LENGTH).map((record) => ({
    name: textAt(texts, record.readUInt32LE(0)),
    section: record.readUInt16LE(6),
    value: Number(record.readBigUInt64LE(8)),
  }));
}

function readMap(name: string, bytes: Buffer): MapDefinition {
  const word = (i: number) => bytes.readUInt32LE(i * 4);
  return { name, type: word(0), keySize: word(1), valueSize: word(2), entries: word(3) };
}

function find(sections: readonly Section[], fits: (section: Section) => boolean): Section {
  const found = sections.find(fits);
  if (!found) throw new Error('Cannot read BPF object: a section is missing, wanted what native/bpf/build.sh makes');
  return found;
}

function records(bytes: Buffer, length: number): Buffer[] {
  return Array.from({ length: bytes.length / length }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}
