// Who owns an address: rendezvous hashing, so that all speakers agree without a message (MetalLB's own order).
import { hash } from 'node:crypto';

export type Candidate = {
  readonly node: string;
  /** Sum of the weights of preferences that match; higher goes first. */
  readonly score: number;
};

/** The best score, then the lowest SHA-256 of `node#address`; the order of candidates does not matter. */
export function electOwner(candidates: Iterable<Candidate>, ip: string): string | undefined {
  let owner: (Candidate & { readonly rank: string }) | undefined;
  for (const candidate of candidates) {
    if (owner && candidate.score < owner.score) continue;
    const rank = rankOf(candidate.node, ip);
    if (!owner || candidate.score > owner.score || rank < owner.rank) owner = { ...candidate, rank };
  }
  return owner?.node;
}

/** Lower goes first. */
export function rankOf(node: string, ip: string): string {
  return hash('sha256', `${node}#${ip}`, 'hex');
}
