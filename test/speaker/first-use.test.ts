// Addresses that the cluster never used are probed before they are announced; all others never wait.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseIp } from '#core/ip.ts';
import type { ServiceL2Status } from '#core/l2-status.ts';
import { FirstUse, PROBE_RETRY_MS, PROBE_WAIT_MS } from '#speaker/first-use.ts';
import { isNamedBy } from '#speaker/owner-record.ts';
import type { AddressPlan } from '#speaker/plan.ts';

function plan(text: string, changes: Partial<AddressPlan> = {}): AddressPlan {
  const ip = parseIp(text) ?? assert.fail();
  return { ip, text, owner: 'self', reason: 'announce', services: ['default/web'], ...changes };
}

function started(...plans: AddressPlan[]): FirstUse {
  const firstUse = new FirstUse();
  firstUse.admit(plans, 0);
  return firstUse;
}

function reasons(firstUse: FirstUse, now: number, ...plans: AddressPlan[]): string[] {
  return firstUse.admit(plans, now).plans.map(({ reason }) => reason);
}

/** Three probes, the last of them at this time. */
function probe(firstUse: FirstUse, lastAt: number, text = '10.0.0.1'): (number | undefined)[] {
  return [lastAt - 400, lastAt - 200, lastAt].map((at) => firstUse.probed(text, at));
}

const WEB = plan('10.0.0.1');

test('what stands in the first plan is announced at once', () => {
  assert.deepEqual(reasons(new FirstUse(), 0, WEB), ['announce']);
});

test('a new address is probed, then announced and never probed again', () => {
  const firstUse = started();
  const { plans, probing, nextAt } = firstUse.admit([WEB], 100);
  assert.deepEqual([plans[0]?.reason, probing, nextAt], ['probing', [WEB], undefined]);
  assert.deepEqual(probe(firstUse, 500), [undefined, undefined, 500 + PROBE_WAIT_MS]);
  assert.equal(firstUse.admit([WEB], 500).nextAt, 500 + PROBE_WAIT_MS);
  assert.deepEqual(reasons(firstUse, 500 + PROBE_WAIT_MS - 1, WEB), ['probing']);
  assert.deepEqual(reasons(firstUse, 500 + PROBE_WAIT_MS, WEB), ['announce']);
  const after = firstUse.admit([WEB], 700);
  assert.deepEqual([after.plans, after.probing, after.nextAt], [[WEB], [], undefined]);
});

test('ten thousand runs that end one after the other are judged half a second apart', () => {
  const firstUse = started();
  const plans = Array.from({ length: 10_000 }, (_, i) => plan(`10.0.${i >> 8}.${i & 255}`));
  firstUse.admit(plans, 0);
  assert.equal(probe(firstUse, 1_000, plans[0]?.text)[2], 1_500);
  probe(firstUse, 1_001, plans[1]?.text);
  const admission = firstUse.admit(plans, 1_500);
  assert.equal(admission.plans.filter(({ reason }) => reason === 'announce').length, 2);
  assert.equal(admission.nextAt, undefined);
});

test('a process that stood still has asked nobody: the run ends after its last probe, however late that is', () => {
  const firstUse = started();
  firstUse.admit([WEB], 0);
  firstUse.probed('10.0.0.1', 5);
  assert.deepEqual(reasons(firstUse, 5_000, WEB), ['probing']);
  firstUse.probed('10.0.0.1', 5_000);
  firstUse.probed('10.0.0.1', 5_200);
  assert.deepEqual(reasons(firstUse, 5_200 + PROBE_WAIT_MS - 1, WEB), ['probing']);
  assert.deepEqual(reasons(firstUse, 5_200 + PROBE_WAIT_MS, WEB), ['announce']);
});

test('an address in dispute is asked about by each owner anew, in its first plan and after another owner', () => {
  const disputed = () => new FirstUse(undefined, (text) => text === '10.0.0.1');
  assert.deepEqual(reasons(disputed(), 0, WEB, plan('10.0.0.2')), ['probing', 'announce']);
  const heir = disputed();
  heir.admit([plan('10.0.0.1', { reason: 'notOwner', owner: 'other' })], 10);
  assert.deepEqual(reasons(heir, 20, WEB), ['probing']);
});

test('an address that another node owned is taken over without a probe', () => {
  const firstUse = started();
  firstUse.admit([plan('10.0.0.1', { reason: 'notOwner', owner: 'other' })], 10);
  assert.deepEqual(reasons(firstUse, 20, WEB), ['announce']);
});

test('an address that a ServiceL2Status names is taken over without a probe, also when no owner was seen here', () => {
  const firstUse = new FirstUse(({ text }) => text === '10.0.0.1');
  firstUse.admit([], 0);
  assert.deepEqual(reasons(firstUse, 10, WEB, plan('10.0.0.2')), ['announce', 'probing']);
});

test('a record that appears while an address is probed does not end the probing: a stranger may be about to answer', () => {
  let isRecorded = false;
  const firstUse = new FirstUse(() => isRecorded);
  firstUse.admit([], 0);
  assert.deepEqual(reasons(firstUse, 10, WEB), ['probing']);
  isRecorded = true;
  assert.deepEqual(reasons(firstUse, 20, WEB), ['probing']);
});

const named: [string, Partial<ServiceL2Status>, boolean][] = [
  ['for the same Service and address', { addresses: ['10.0.0.1', 'fd00::1'] }, true],
  ['as MetalLB writes it, for all of the Service', { addresses: undefined }, true],
  ['for another address of the Service', { addresses: ['10.0.0.2'] }, false],
  ['for another Service that had the address', { service: 'default/other' }, false],
];
for (const [name, changes, expected] of named) {
  test(`a ServiceL2Status ${name} ${expected ? 'names the address' : 'does not'}`, () => {
    const status = { name: 'l2-1', node: 'other', podUid: undefined, isLabelled: true, ifaces: [] };
    assert.equal(isNamedBy({ ...status, service: 'default/web', addresses: ['10.0.0.1'], ...changes }, WEB), expected);
  });
}

test('an address that waited for endpoints is probed when it gets its first owner', () => {
  const firstUse = started();
  const { owner: _, ...ownerless } = plan('10.0.0.1', { reason: 'noEndpoints' });
  assert.deepEqual(reasons(firstUse, 10, ownerless), ['noEndpoints']);
  assert.deepEqual(reasons(firstUse, 20, WEB), ['probing']);
});

test('an address that somebody has is not announced, and asked about again later', () => {
  const firstUse = started();
  firstUse.admit([WEB], 0);
  assert.deepEqual([firstUse.take('10.0.0.1'), firstUse.take('10.0.0.1')], [true, false]);
  const { plans, probing, nextAt } = firstUse.admit([WEB], 560);
  assert.deepEqual([plans[0]?.reason, probing, nextAt], ['addressConflict', [], PROBE_RETRY_MS]);
  assert.deepEqual(reasons(firstUse, PROBE_RETRY_MS, WEB), ['probing']);
  probe(firstUse, PROBE_RETRY_MS + 400);
  assert.deepEqual(reasons(firstUse, PROBE_RETRY_MS + 400 + PROBE_WAIT_MS, WEB), ['announce']);
});

test('a claim on an address that is not being probed changes nothing', () => {
  assert.equal(started(WEB).take('10.0.0.1'), false);
});

test('an address that is released and allocated anew is new', () => {
  const firstUse = started(WEB);
  assert.deepEqual(reasons(firstUse, 10), []);
  assert.deepEqual(reasons(firstUse, 20, WEB), ['probing']);
});
