// What happens when, on virtual time: a binary heap; what was added first goes first at the same time.
type Entry = { readonly at: number; readonly order: number; readonly run: () => void };

export class Schedule {
  readonly #heap: Entry[] = [];
  #order = 0;

  add(at: number, run: () => void): void {
    const heap = this.#heap;
    const entry = { at, order: this.#order++, run };
    let i = heap.push(entry) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && isBefore(entry, heap[parent]); parent = (i - 1) >> 1) {
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  }

  /** The next one, unless it is later than `until`. */
  take(until: number): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.at > until) return undefined;
    const last = heap.pop() as Entry;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child])) child++;
      const lower = heap[child] as Entry;
      if (!isBefore(lower, entry)) break;
      heap[i] = lower;
      i = child;
    }
    heap[i] = entry;
  }
}

function isBefore(a: Entry, b: Entry | undefined): boolean {
  return b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
}
