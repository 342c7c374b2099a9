// With fencing, only the side of a partition that holds most of the known speakers announces. Pure.

export type Sides = {
  readonly self: string;
  /** Speakers by the cluster's word (their Pods); those heard without a Pod count too. */
  readonly pods: Iterable<string>;
  /** Heard now, whether or not they can announce. */
  readonly live: Iterable<string>;
  /** Left in order and not heard since: they announce nothing, wherever they are. */
  readonly left: ReadonlySet<string>;
};

/** Of two halves, the one with the first name of all is the majority: both sides know the same names. */
export function hasMajority({ self, pods, live, left }: Sides): boolean {
  const side = new Set([self, ...live]);
  const known = new Set([...side, ...Array.from(pods).filter((node) => !left.has(node))]);
  if (side.size * 2 !== known.size) return side.size * 2 > known.size;
  const first = Array.from(known).reduce((a, b) => (b < a ? b : a));
  return side.has(first);
}
