// The counters of each interface: they outlive its sockets, so that they never go back, and follow it when it is renamed.
import type { Iface } from './iface.ts';
import { createCounters, type IfaceCounters } from './side.ts';

type Named = Pick<Iface, 'index' | 'name'>;

export class CountersByIface {
  readonly #byIndex = new Map<number, { readonly name: string; readonly counters: IfaceCounters }>();

  of({ index, name }: Named): IfaceCounters {
    const counters = this.#byIndex.get(index)?.counters ?? createCounters();
    this.#byIndex.set(index, { name, counters });
    return counters;
  }

  /** Drops those of interfaces that are gone; one without carrier is not. */
  prune(isThere: (iface: Named) => boolean): this {
    for (const [index, { name }] of this.#byIndex) if (!isThere({ index, name })) this.#byIndex.delete(index);
    return this;
  }

  byName(): ReadonlyMap<string, IfaceCounters> {
    return new Map(Array.from(this.#byIndex.values(), ({ name, counters }) => [name, counters]));
  }
}
