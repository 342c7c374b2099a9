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

/** `seenAt` is this replica's monotonic clock (ms) when this version came in; others' clocks are never trusted. */
export type LeaseView = { readonly object: LeaseObject; readonly seenAt: number };

export type LeaseDecision = 'write' | 'wait';

export type LeaseTiming = {
  /** Others wait this long after the last renewal they saw. */
  readonly termMs: number;
  /** The holder renews this often. */
  readonly renewMs: number;
};

/** `write` renews our own Lease or takes one that is free: absent, released, or not renewed for a whole term. */
export function decideLease(
  lease: LeaseView | undefined,
  { identity, now, timing: { termMs, renewMs } }: { identity: string; now: number; timing: LeaseTiming },
): LeaseDecision {
  const holder = lease?.object.spec?.holderIdentity ?? '';
  if (!lease || holder === '') return 'write';
  if (holder === identity) return now - lease.seenAt >= renewMs ? 'write' : 'wait';
  const announced = (lease.object.spec?.leaseDurationSeconds ?? 0) * 1000;
  return now - lease.seenAt > Math.max(termMs, announced) ? 'write' : 'wait';
}
