// What holds after every change of a random cluster, asserted without the allocator's own means where that is possible.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AllocationWorld, allocate, type Decision } from '#controller/allocate.ts';
import { planPoolStatuses } from '#controller/pool-status.ts';
import type { StatusWrite } from '#controller/status.ts';
import { formatIp, type Ip, parseIp } from '#core/ip.ts';
import { CONDITION_ALLOCATED } from '#core/names.ts';
import { Occupancy } from '#core/occupancy.ts';
import { type AddressPool, isAdmitted, isOffered, poolOf } from '#core/pool.ts';
import { isInRange } from '#core/range.ts';
import { readRequest } from '#core/request.ts';
import { openPools, poolsThatFit, poolUser, wantedFamilies } from '#core/rules/pool-choice.ts';
import { judgeAddress } from '#core/rules/service-rules.ts';
import type { Service } from '#core/service.ts';
import { type Change, Cluster, type Step, steps } from './sequence.ts';
import { summary } from './world.ts';

const FURTHER_PASSES = 3;
/** Each pass brings at least one Service to where it belongs, and there are ten. */
const SETTLING_PASSES = 12;

/** `runs` random sequences of 200 changes. */
export function assertSequences({ runs, seed }: { runs: number; seed: number }): void {
  const sequences = fc.array(steps, { minLength: 200, maxLength: 200, size: 'max' });
  fc.assert(fc.property(sequences, replay), { numRuns: runs, seed, endOnFailure: false });
}

function replay(sequence: readonly Step[]): void {
  const cluster = new Cluster();
  for (const { change, lost } of sequence) {
    cluster.change(change);
    const world = cluster.world();
    const { decisions, plan } = cluster.pass();
    assert.deepEqual(allocate(cluster.freshWorld()), decisions);
    assertSharing(world, decisions);
    assertStay(world, decisions, change);
    assertHandedOut(world, decisions);
    assertWaitForReason(world, decisions);
    assertCounters(world, decisions);
    const reversed = { ...world, services: world.services.toReversed(), conflicts: world.conflicts.toReversed() };
    assert.deepEqual(summary(allocate(reversed)), summary(decisions));
    assert.deepEqual(cluster.write(plan.writes, lost), []);
    settle(cluster, lost === 0 && plan.heldBack === 0 ? 0 : SETTLING_PASSES);
    if (lost === 0 && !plan.writes.some(isLetGo))
      assert.deepEqual(summary(cluster.pass().decisions), summary(decisions));
    assertReleased(cluster.services());
  }
}

/** Who let go of an address only because others waited for it may end elsewhere. */
function isLetGo({ event }: StatusWrite): boolean {
  return event?.message.startsWith('waits for') === true;
}

/** At most so many passes write what waited or was lost; then nothing is left to do. */
function settle(cluster: Cluster, patience: number): void {
  for (let left = patience; ; left--) {
    const { plan } = cluster.pass();
    if (plan.writes.length === 0 && plan.heldBack === 0) break;
    assert.ok(left > 0, `a pass too many writes ${JSON.stringify(plan.writes.map(({ event }) => event?.message))}`);
    assert.deepEqual(cluster.write(plan.writes), []);
  }
  for (let pass = 0; pass < FURTHER_PASSES; pass++) {
    assert.deepEqual(cluster.pass().plan, { writes: [], heldBack: 0 });
  }
}

function occupancyOf({ others }: AllocationWorld, decisions: readonly Decision[]): Occupancy {
  const occupancy = new Occupancy();
  for (const { service, ips } of decisions) for (const ip of ips) occupancy.place(service, ip);
  for (const other of others) for (const ip of other.held) occupancy.place(other, ip);
  return occupancy;
}

/** No address is held twice unless sharing allows it. */
function assertSharing(world: AllocationWorld, decisions: readonly Decision[]): void {
  const occupancy = occupancyOf({ ...world, others: [] }, decisions);
  for (const { service, ips } of decisions) {
    for (const ip of ips) assert.deepEqual(occupancy.conflictsOf(service, ip), [], `${service.key} on ${formatIp(ip)}`);
  }
}

/** Nobody with a good address moves, unless it was edited, shares with who was, or still wanted something else. */
function assertStay(world: AllocationWorld, decisions: readonly Decision[], change: Change): void {
  const edited = change.kind === 'put' || change.kind === 'remove' ? `s${change.slot}` : '';
  const touched = new Set(
    world.services.filter(({ name }) => name === edited).flatMap(({ held }) => held.map(formatIp)),
  );
  for (const { service, ips } of decisions) {
    const told = service.conditions.find(({ type }) => type === CONDITION_ALLOCATED);
    if (service.name === edited || told?.status !== 'True') continue;
    const isGood = (ip: Ip) => isStillGood(service, ip, world) && !touched.has(formatIp(ip));
    const good = service.held.filter(isGood).map(formatIp);
    const now = ips.map(formatIp);
    assert.deepEqual(
      good.filter((ip) => !now.includes(ip)),
      [],
      `${service.key} lost an address by ${JSON.stringify(change)}`,
    );
  }
}

function isStillGood(service: Service, ip: Ip, world: AllocationWorld): boolean {
  const pool = poolOf(world.config.pools, ip);
  const isUnsafe = service.requests.length === 0 && isQuarantined(ip, world);
  return pool !== undefined && isAdmitted(pool, poolUser(service, world)) && !isUnsafe;
}

/** A stranger has it, and nobody says that it was ours first. */
function isQuarantined(ip: Ip, { conflicts }: AllocationWorld): boolean {
  const reports = conflicts.filter((one) => isSame(one.ip, ip));
  return reports.length > 0 && !reports.some(({ announced }) => announced);
}

/** What a Service did not hold before is an address of a pool that admits it, and neither a Node's nor a stranger's. */
function assertHandedOut(world: AllocationWorld, decisions: readonly Decision[]): void {
  for (const { service, ips } of decisions) {
    for (const ip of ips.filter((one) => !service.held.some((held) => isSame(held, one)))) {
      const isStranger = service.requests.length === 0 && isQuarantined(ip, world);
      const isTaken = isStranger || world.nodeIps.some((other) => isSame(other, ip));
      const isOpen = world.config.pools.some(
        (pool) => isOffered(pool, ip) && isAdmitted(pool, poolUser(service, world)),
      );
      assert.ok(isOpen && !isTaken, `${service.key} was given ${formatIp(ip)}`);
    }
  }
}

/** Counters of pools are what a count address by address gives. */
function assertCounters({ config }: AllocationWorld, decisions: readonly Decision[]): void {
  const objects = config.pools.map(({ name }) => ({ metadata: { name } }));
  for (const { name, status } of planPoolStatuses(objects, config.pools, decisions)) {
    const pool = config.pools.find((one) => one.name === name);
    const ips = decisions.flatMap((decision) => decision.ips).filter((ip) => pool && isOffered(pool, ip));
    const { assignedIPv4 = 0, assignedIPv6 = 0, availableIPv4 = 0, availableIPv6 = 0 } = status;
    assert.equal(assignedIPv4 + assignedIPv6, new Set(ips.map(formatIp)).size);
    assert.ok(availableIPv4 >= 0 && availableIPv6 >= 0, `pool ${name}: ${JSON.stringify(status)}`);
  }
}

/** Who is no load balancer carries nothing of ours. */
function assertReleased(services: readonly Service[]): void {
  for (const service of services.filter((one) => one.type !== 'LoadBalancer')) {
    assert.ok(!service.conditions.some(({ type }) => type === CONDITION_ALLOCATED), service.key);
    assert.equal(service.heldPool, undefined);
  }
}

/** Who has nothing finds nothing that would do, among all addresses of all pools one by one. */
function assertWaitForReason(world: AllocationWorld, decisions: readonly Decision[]): void {
  const occupancy = occupancyOf(world, decisions);
  for (const { service, ips, reason } of decisions.filter((decision) => decision.ips.length === 0)) {
    assert.equal(ips.length, 0);
    const { requested, problems } = readRequest(service);
    if (problems.length > 0 || reason === 'PoolUnknown') continue;
    if (requested.length > 0) {
      const refusals = requested.flatMap((request) => judgeAddress(service, request, { ...world, occupancy }));
      assert.ok(refusals.length > 0 || reason === 'PoolNotAllowed', `${service.key} waits for what it could have`);
      continue;
    }
    const fits = wantedFamilies(service).find((families) =>
      openPools(service, world).some((pool) =>
        families.every((family) =>
          addressesOf(pool).some((ip) => ip.family === family && isFree(service, ip, { world, pool, occupancy })),
        ),
      ),
    );
    const isMismatch = reason === 'FamilyMismatch';
    if (isMismatch) assert.deepEqual(poolsThatFit(service, openPools(service, world)), [], `${service.key}: ${reason}`);
    assert.equal(fits, undefined, `${service.key} waits with ${reason} although IPv${fits?.join(' and ')} is free`);
  }
}

type Place = { readonly world: AllocationWorld; readonly pool: AddressPool; readonly occupancy: Occupancy };

function isFree(service: Service, ip: Ip, { world, pool, occupancy }: Place): boolean {
  const isTaken = isQuarantined(ip, world) || world.nodeIps.some((other) => isSame(other, ip));
  return isOffered(pool, ip) && !isTaken && occupancy.conflictsOf(service, ip).length === 0;
}

/** The pools of these worlds are small; the addresses around their ends are all there are. */
function addressesOf({ ranges }: AddressPool): Ip[] {
  return ranges.flatMap(({ range }) => {
    const count = Number(range.last - range.first) + 1;
    const ips = Array.from({ length: count }, (_, i): Ip => ({ family: range.family, value: range.first + BigInt(i) }));
    return ips.filter((ip) => isInRange(range, ip) && parseIp(formatIp(ip)));
  });
}

function isSame(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.value === b.value;
}
