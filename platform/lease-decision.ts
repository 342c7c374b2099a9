// What a replica does about a Lease: a pure function of what it saw, when it saw it, and who it is.

export type LeaseObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
};

/**
 * `seenAt` is this replica's monotonic clock (ms) when this version came in; others' clocks are never trusted.
 * `isGone`: somebody deleted the Lease since. Its holder may not know that yet, so it stays the holder for the rest of its term.
 */
export type LeaseView = { readonly object: LeaseObject; readonly seenAt: number; readonly isGone?: boolean };

export type LeaseDecision = 'write' | 'wait';

export type LeaseTiming = {
  /** Others wait this long after the last renewal they saw. */
  readonly termMs: number;
  /** The holder renews this often. */
  readonly renewMs: number;
};

/**
 * `write` renews our own Lease (or makes it anew where it was deleted), or takes one that is free: never made, released,
 * or not renewed for a whole term.
 */
export function decideLease(
  lease: LeaseView | undefined,
  { identity, now, timing: { termMs, renewMs } }: { identity: string; now: number; timing: LeaseTiming },
): LeaseDecision {
  const holder = holderOf(lease);
  if (!lease || holder === '') return 'write';
  if (holder === identity) return lease.isGone || now - lease.seenAt >= renewMs ? 'write' : 'wait';
  const announced = (lease.object.spec?.leaseDurationSeconds ?? 0) * 1000;
  return now - lease.seenAt > Math.max(termMs, announced) ? 'write' : 'wait';
}

/** What the watch shows may be older than what a write of ours returned: only a change of version is news. */
export function newestView(known: LeaseView | undefined, seen: LeaseView | undefined): LeaseView | undefined {
  if (!seen) return known && { ...known, isGone: true };
  if (!known || seen.seenAt > known.seenAt) return seen;
  return known;
}

/** True when the Lease is somebody else's: whatever we believed, it is over. */
export function isOfAnother(lease: LeaseView | undefined, identity: string): boolean {
  return !['', identity].includes(holderOf(lease));
}

function holderOf(lease: LeaseView | undefined): string {
  return lease?.object.spec?.holderIdentity ?? '';
}
