// What a cache holds: parsed values by key, with the overlay of writes whose watch event is still on its way.

export type WireObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
};

type Entry<T> = { readonly version: string; readonly value: T; readonly replaces: string };

export type Replacement<W> = { readonly add: (objects: readonly W[]) => void; readonly finish: () => void };

export class Store<W extends WireObject, T> {
  #entries = new Map<string, Entry<T>>();
  readonly #parse: (object: W) => T;
  #values: T[] | undefined;
  synced = false;

  constructor(parse: (object: W) => T) {
    this.#parse = parse;
  }

  values(): T[] {
    this.#values ??= Array.from(this.#entries.values(), (entry) => entry.value);
    return this.#values;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /**
   * False when nothing is new: the version an assumed write replaced is old news and must not undo the overlay,
   * and the version it brought is here already.
   */
  put(object: W): boolean {
    const key = keyOf(object);
    const version = object.metadata?.resourceVersion ?? '';
    const known = this.#entries.get(key);
    if (known && version !== '' && (known.version === version || known.replaces === version)) return false;
    this.#set(key, this.#entryOf(object));
    return true;
  }

  /** Only over the version that was written to: what the watch brought meanwhile is newer than the write. */
  assume(object: W, base: string): void {
    const key = keyOf(object);
    if (this.#entries.get(key)?.version !== base) return;
    this.#set(key, { ...this.#entryOf(object), replaces: base });
  }

  remove(object: W): void {
    this.#values = undefined;
    this.#entries.delete(keyOf(object));
  }

  /** The content of a new list, parsed page by page, in force at once when it is whole. */
  openReplacement(): Replacement<W> {
    const entries = new Map<string, Entry<T>>();
    return {
      add: (objects) => {
        for (const object of objects) entries.set(keyOf(object), this.#entryOf(object));
      },
      finish: () => {
        this.#entries = entries;
        this.#values = undefined;
        this.synced = true;
      },
    };
  }

  #entryOf(object: W): Entry<T> {
    return { version: object.metadata?.resourceVersion ?? '', value: this.#parse(object), replaces: '' };
  }

  #set(key: string, entry: Entry<T>): void {
    this.#values = undefined;
    this.#entries.set(key, entry);
  }
}

function keyOf({ metadata = {} }: WireObject): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata.name ?? '');
}
