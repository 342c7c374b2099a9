// What a speaker says it holds: 32-bit marks of addresses, a range of them in each beat, in turns until all were said.
// A range replaces what was known in it, so a lost beat is made good by the next turn. Pure.

/** All marks of the sender from `from` to `to` (both included), sorted. */
export type Holding = {
  readonly from: number;
  readonly to: number;
  readonly marks: readonly number[];
  /** The sender is or lately was on the smaller side of a partition, or stood still: what it holds goes behind. */
  readonly weak: boolean;
};

/** All of it: marks are sorted, each once. */
export type Said = { readonly marks: readonly number[]; readonly weak: boolean };

/** One record of an extension: 255 bytes. */
export const MARKS_MOST = 61;
const MARKS_OFFSET = 9;
const MARK_LENGTH = 4;
const FLAG_WEAK = 1;
const MARK_MOST = 0xffff_ffff;

/** The sender's side: which range to say next. What changed goes first. */
export class HoldingTurns {
  #marks: readonly number[] = [];
  #weak = false;
  #changed: number[] = [];
  #next = 0;
  #last: Holding | undefined;
  /** Said last of what changed. */
  #told: Holding | undefined;

  /** True when anything is new. */
  set({ marks, weak }: Said): boolean {
    const changed = difference(this.#marks, marks);
    const isNew = changed.length > 0 || weak !== this.#weak;
    this.#marks = marks;
    this.#weak = weak;
    this.#changed = [...this.#changed, ...changed];
    if (isNew) this.#told = undefined;
    return isNew;
  }

  /** This process stood still: it says so before the main thread can, or its next message wins back what others took over. */
  weaken(): void {
    this.#weak = true;
    this.#last = undefined;
    this.#told = undefined;
  }

  /** What was said last, once more: for messages that not all peers get. */
  again(): Holding {
    return this.#last ?? this.take();
  }

  /** For news: the same object until something changed, and then a range of that. */
  news(): Holding {
    return this.#changed.length === 0 && this.#told ? this.#told : this.take();
  }

  take(): Holding {
    const from = this.#marks.length <= MARKS_MOST ? 0 : (this.#changed[0] ?? this.#next);
    const start = lowerBound(this.#marks, from);
    const marks = this.#marks.slice(start, start + MARKS_MOST);
    const after = this.#marks[start + MARKS_MOST];
    const to = after === undefined ? MARK_MOST : after - 1;
    const isChange = this.#changed.length > 0;
    if (isChange) this.#changed = this.#changed.filter((mark) => mark < from || mark > to);
    else this.#next = to === MARK_MOST ? 0 : to + 1;
    this.#last = { from, to, marks, weak: this.#weak };
    if (isChange || !this.#told) this.#told = this.#last;
    return this.#last;
  }
}

export type PeerHoldings = Said & { readonly isComplete: boolean };

/** The receiver's side, for one life of one peer. */
export class HeardHoldings {
  #marks: readonly number[] = [];
  /** Ranges not yet heard of. */
  #gaps: readonly (readonly [number, number])[] = [[0, MARK_MOST]];
  #weak = false;
  #last: Holding | undefined;

  /** Complete once every range was heard. */
  view(): PeerHoldings {
    return { marks: this.#marks, weak: this.#weak, isComplete: this.#gaps.length === 0 };
  }

  /** To pass on: all of it where that fits a record, else what was heard last. */
  excerpt(): Holding | undefined {
    if (this.#gaps.length > 0 || this.#marks.length > MARKS_MOST) return this.#last;
    return { from: 0, to: MARK_MOST, marks: this.#marks, weak: this.#weak };
  }

  /** True when anything is new. */
  take(holding: Holding): boolean {
    const { from, to, marks, weak } = holding;
    this.#last = holding;
    const before = this.#marks.slice(lowerBound(this.#marks, from), lowerBound(this.#marks, to + 1));
    const gaps = this.#gaps.flatMap(([first, last]) => withoutRange([first, last], [from, to]));
    const isSame = before.length === marks.length && before.every((mark, i) => mark === marks[i]);
    const isNew = !isSame || weak !== this.#weak || gaps.length !== this.#gaps.length;
    if (!isSame) {
      const rest = this.#marks;
      this.#marks = [...rest.filter((mark) => mark < from), ...marks, ...rest.filter((mark) => mark > to)];
    }
    this.#gaps = gaps;
    this.#weak = weak;
    return isNew;
  }
}

/** from (4), to (4), flags (1: weak), marks (4 each); big-endian. */
export function encodeHolding({ from, to, marks, weak }: Holding): Buffer {
  const bytes = Buffer.alloc(MARKS_OFFSET + marks.length * MARK_LENGTH);
  bytes.writeUInt32BE(from, 0);
  bytes.writeUInt32BE(to, 4);
  bytes.writeUInt8(weak ? FLAG_WEAK : 0, 8);
  marks.forEach((mark, i) => {
    bytes.writeUInt32BE(mark, MARKS_OFFSET + i * MARK_LENGTH);
  });
  return bytes;
}

/** Empty where it is no holding: marks that are out of order or out of the range would break what was known. */
export function decodeHolding(bytes: Buffer): { holding?: Holding } {
  if (bytes.length < MARKS_OFFSET || (bytes.length - MARKS_OFFSET) % MARK_LENGTH !== 0) return {};
  const [from, to] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  const marks: number[] = [];
  for (let at = MARKS_OFFSET; at < bytes.length; at += MARK_LENGTH) marks.push(bytes.readUInt32BE(at));
  const isInOrder = marks.every((mark, i) => mark >= from && mark <= to && mark > (marks[i - 1] ?? -1));
  if (from > to || !isInOrder) return {};
  return { holding: { from, to, marks, weak: (bytes.readUInt8(8) & FLAG_WEAK) !== 0 } };
}

type Span = readonly [number, number];

function withoutRange([first, last]: Span, [from, to]: Span): Span[] {
  const spans: Span[] = [
    [first, Math.min(last, from - 1)],
    [Math.max(first, to + 1), last],
  ];
  return spans.filter(([start, end]) => start <= end);
}

/** The marks in only one of two sorted lists, sorted. */
function difference(a: readonly number[], b: readonly number[]): number[] {
  const [inA, inB] = [new Set(a), new Set(b)];
  const changed = [...a.filter((mark) => !inB.has(mark)), ...b.filter((mark) => !inA.has(mark))];
  return changed.sort((one, other) => one - other);
}

/** The index of the first mark that is not below `mark`. */
function lowerBound(marks: readonly number[], mark: number): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] ?? 0) < mark) low = middle + 1;
    else high = middle;
  }
  return low;
}
