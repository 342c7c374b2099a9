// The state of one allocation pass: who is placed where, and what is still free. Lives for one pass only.
import type { AddressConflict } from '#core/conflict.ts';
import { type Family, formatIp, type Ip, keyOfIp } from '#core/ip.ts';
import { Occupancy } from '#core/occupancy.ts';
import type { AddressPool } from '#core/pool.ts';
import type { AddressWorld } from '#core/rules/service-rules.ts';
import type { Service } from '#core/service.ts';
import { FreeSpace } from './free-space.ts';

/** Live conflicts by the text of their address. */
export type Conflicts = ReadonlyMap<string, AddressConflict>;

const NONE: readonly Ip[] = [];

/** Nodes may report one address each: a report that it was announced counts before the others, then the first name. */
export function conflictsByAddress(conflicts: readonly AddressConflict[]): Conflicts {
  const rank = ({ announced, name }: AddressConflict) => `${announced ? 0 : 1}${name}`;
  const known = new Map<string, AddressConflict>();
  for (const conflict of conflicts) {
    const other = known.get(formatIp(conflict.ip));
    if (!other || rank(conflict) < rank(other)) known.set(formatIp(conflict.ip), conflict);
  }
  return known;
}

export class Ledger {
  readonly world: AddressWorld;
  readonly #placed = new Map<Service, readonly Ip[]>();
  readonly #spaces = new Map<string, FreeSpace>();
  readonly #nodeIps: ReadonlySet<number | bigint>;
  readonly #conflicts: Conflicts;

  constructor(world: Omit<AddressWorld, 'occupancy'>, conflicts: Conflicts) {
    this.world = { ...world, occupancy: new Occupancy() };
    this.#nodeIps = new Set(world.nodeIps.map(keyOfIp));
    this.#conflicts = conflicts;
  }

  /** A stranger was heard on the address before the cluster ever announced it: not to be handed out for a while. */
  isQuarantined(ip: Ip): boolean {
    return this.#conflicts.size > 0 && this.#conflicts.get(formatIp(ip))?.announced === false;
  }

  /** Neither a Node's address nor a stranger's: may go to who did not ask for it by name. */
  isGivable(ip: Ip): boolean {
    return !(this.#nodeIps.has(keyOfIp(ip)) || this.isQuarantined(ip));
  }

  conflictsOn(ips: readonly Ip[]): readonly AddressConflict[] {
    if (this.#conflicts.size === 0) return [];
    return ips.map((ip) => this.#conflicts.get(formatIp(ip))).filter((conflict) => conflict !== undefined);
  }

  placedOf(service: Service): readonly Ip[] {
    return this.#placed.get(service) ?? NONE;
  }

  /** Puts the Service on exactly these addresses; what it was on before becomes free unless others are on it. */
  place(service: Service, ips: readonly Ip[]): void {
    const { occupancy } = this.world;
    for (const ip of this.placedOf(service)) {
      occupancy.remove(service, ip);
      for (const space of this.#spaces.values()) space.release(ip);
    }
    for (const ip of ips) occupancy.place(service, ip);
    this.#placed.set(service, ips);
  }

  lowestFree(pool: AddressPool, family: Family): Ip | undefined {
    const key = `${pool.name}/${family}`;
    let space = this.#spaces.get(key);
    if (!space) {
      space = new FreeSpace(pool, family, (ip) => !this.world.occupancy.isHeld(ip) && this.isGivable(ip));
      this.#spaces.set(key, space);
    }
    return space.lowest();
  }
}
