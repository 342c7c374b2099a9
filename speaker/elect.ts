// Who owns an address: rendezvous hashing, so that all speakers agree without a message (MetalLB's own order).
import { Ranks } from './ranks.ts';

export type Candidate = {
  readonly node: string;
  /** Sum of the weights of preferences that match; higher goes first. */
  readonly score: number;
};

const RANKS = new Ranks();

/** The best score, then the lowest SHA-256 of `node#address`; the order of candidates does not matter. */
export function electOwner(candidates: Iterable<Candidate>, ip: string): string | undefined {
  return RANKS.first(candidates, ip)?.node;
}
