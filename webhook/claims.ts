// Claims: what admitted Services are about to hold, until the caches show it (design 2.2, Concurrency).
// A claim may be wrong, because an admitted write may still fail, so it ends by itself. Time is in milliseconds.
import { formatIp } from '#core/ip.ts';
import { CONDITION_ALLOCATED } from '#core/names.ts';
import type { Service } from '#core/service.ts';

type Claim = {
  /** As reviewed; `held` is what it would hold. */
  readonly service: Service;
  readonly since: number;
  /** The condition's sentence at the time of the review: the same one later may still be about the old version. */
  readonly refusedBefore: string | undefined;
  /** The object was seen as it was reviewed. */
  readonly isWritten: boolean;
};

export const CLAIM_LIFE_MS = 5_000;
/** So long a write may be under way between the review and the store. */
export const IN_FLIGHT_MS = 3_000;

export class Claims {
  readonly #claims = new Map<string, Claim>();

  /** `known` is the Service as the cache has it. */
  place(service: Service, known: Service | undefined, now: number): void {
    this.#claims.set(service.key, {
      service,
      since: now,
      refusedBefore: known && refusalOf(known),
      isWritten: false,
    });
    this.observe(service.key, known, now);
  }

  /** What the cache shows now; its silence about an object never seen says nothing. */
  observe(key: string, cached: Service | undefined, now: number): void {
    const claim = this.#claims.get(key);
    if (!claim) return;
    if (cached && isSameVersion(cached, claim.service)) this.#settle(claim, cached);
    else if (claim.isWritten || now - claim.since >= CLAIM_LIFE_MS) this.#claims.delete(key);
  }

  /**
   * What a live read brought. Nothing there, or another version, means that the write failed, unless it is under way.
   * The same version ends the claim only when the controller refused it: what holds the address live is not in the
   * cache yet, and until then the claim stands in for it.
   */
  confirm(key: string, live: Service | undefined, now: number): void {
    const claim = this.#claims.get(key);
    if (!claim) return;
    const isSame = live !== undefined && isSameVersion(live, claim.service);
    const isOver = isSame ? isRefused(live, claim) : claim.isWritten || now - claim.since >= IN_FLIGHT_MS;
    if (isOver) this.#claims.delete(key);
  }

  /** Looks at every claim again. */
  observeAll(get: (key: string) => Service | undefined, now: number): void {
    for (const key of this.#claims.keys()) this.observe(key, get(key), now);
  }

  /** The Services with every claim in force laid over them. */
  over(services: readonly Service[], now: number): readonly Service[] {
    const claims = this.#standing(now);
    if (claims.length === 0) return services;
    const known = new Map<string, Service>();
    const rest = services.filter((service) => {
      if (this.#claims.has(service.key)) known.set(service.key, service);
      return !this.#claims.has(service.key);
    });
    return [...rest, ...claims.map(({ service }) => withKnown(service, known.get(service.key)))];
  }

  count(now: number): number {
    return this.#standing(now).length;
  }

  #standing(now: number): Claim[] {
    for (const [key, { since }] of this.#claims) if (now - since >= CLAIM_LIFE_MS) this.#claims.delete(key);
    return [...this.#claims.values()];
  }

  /** The object stands as reviewed: the claim ends when it holds its addresses, or was told that it will not. */
  #settle(claim: Claim, seen: Service): void {
    const { key } = claim.service;
    if (holdsAll(seen, claim.service) || isRefused(seen, claim)) this.#claims.delete(key);
    else this.#claims.set(key, { ...claim, isWritten: true });
  }
}

/** Old and new at once: the write may still fail, so neither port may go to somebody else. */
function withKnown(claimed: Service, known: Service | undefined): Service {
  if (!known) return claimed;
  const ports = known.ports.filter(({ protocol, port }) => {
    return !claimed.ports.some((other) => other.protocol === protocol && other.port === port);
  });
  const claims = new Set(claimed.held.map(formatIp));
  const held = known.held.filter((ip) => !claims.has(formatIp(ip)));
  return { ...claimed, ports: [...claimed.ports, ...ports], held: [...claimed.held, ...held] };
}

function holdsAll({ held }: Service, { held: wanted }: Service): boolean {
  const ips = new Set(held.map(formatIp));
  return wanted.every((ip) => ips.has(formatIp(ip)));
}

/** The same object with the same wishes, as far as others can clash with them. */
function isSameVersion(seen: Service, claimed: Service): boolean {
  return seen.uid === claimed.uid && wishText(seen) === wishText(claimed);
}

function wishText({ type, requests, ports, sharingKey, sharesWith, trafficPolicy, selector }: Service): string {
  return JSON.stringify([type, requests, ports, sharingKey, sharesWith, trafficPolicy, selector]);
}

/** Told since the review that it will not get what it asked for. */
function isRefused(seen: Service, { refusedBefore }: Claim): boolean {
  const refusal = refusalOf(seen);
  return refusal !== undefined && refusal !== refusedBefore;
}

function refusalOf({ conditions }: Service): string | undefined {
  const condition = conditions.find(({ type }) => type === CONDITION_ALLOCATED);
  return condition?.status === 'False' ? `${condition.reason} ${condition.message}` : undefined;
}
