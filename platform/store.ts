// What a cache holds: parsed values by key, with the overlay of writes whose watch event is still on its way.

export type WireObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
};

type Entry<T> = { readonly version: string; readonly value: T; readonly replaces: string };

export class Store<W extends WireObject, T> {
  readonly #entries = new Map<string, Entry<T>>();
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
    this.#set(key, { version, value: this.#parse(object), replaces: '' });
    return true;
  }

  /** Only over the version that was written to: what the watch brought meanwhile is newer than the write. */
  assume(object: W, base: string): void {
    const key = keyOf(object);
    if (this.#entries.get(key)?.version !== base) return;
    this.#set(key, { version: object.metadata?.resourceVersion ?? '', value: this.#parse(object), replaces: base });
  }

  remove(object: W): void {
    this.#values = undefined;
    this.#entries.delete(keyOf(object));
  }

  replaceAll(objects: readonly W[]): void {
    this.#entries.clear();
    for (const object of objects) this.put(object);
    this.#values = undefined;
    this.synced = true;
  }

  #set(key: string, entry: Entry<T>): void {
    this.#values = undefined;
    this.#entries.set(key, entry);
  }
}

function keyOf({ metadata = {} }: WireObject): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata.name ?? '');
}
