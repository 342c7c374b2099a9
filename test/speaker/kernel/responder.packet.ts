// The responder in the kernel against the same vectors as the one in the process, through the kernel's own test run.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readBpfObject } from '#speaker/kernel/object.ts';
import type { KernelResponder } from '#speaker/kernel/responder.ts';
import * as arp from '#test/speaker/arp-vectors.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';
import * as ndp from '#test/speaker/ndp-vectors.ts';
import { LOOPBACK, MINUTE, openKernel, runInKernel } from './both.ts';
import { compareResponders } from './noise.ts';

const program = fileURLToPath(new URL('../../../speaker/native/bpf/', import.meta.url));
let kernel: KernelResponder;

before(() => {
  kernel = openKernel(true);
});
after(() => kernel.close());

const run = (frame: Uint8Array) => runInKernel(kernel, frame);

for (const { name, frame, outcome } of [...arp.answered, ...ndp.answered.filter((one) => !one.long)]) {
  test(`${name} is answered in the kernel, octet by octet as in the process`, () => assert.equal(run(frame), outcome));
}

for (const { name, frame } of [...arp.refused, ...ndp.refused, ...ndp.answered.filter((one) => one.long)]) {
  test(`${name} is left to the process`, () => assert.equal(run(frame), undefined));
}

test('20,000 changed frames end as in the process: an answer there is the same answer here', () => {
  assert.ok(compareResponders(20_000, 7).answered > 2_000);
});

const PING = bytes(
  arp.OURS, // Ethernet destination
  '02 00 00 00 00 64', // Ethernet source
  '08 00', // EtherType IPv4
  '45 00', // version, header length, service
  '00 1c', // total length
  '12 34 40 00', // identification, do not fragment
  '40 01', // time to live, protocol ICMP
  'a3 37', // header checksum
  'c0 a8 01 64', // source
  arp.VIP, // destination
  '08 00', // echo request
  'f7 fd', // checksum
  '00 01 00 01', // identifier, sequence
);

test('a ping of an owned address is answered, to the one who asked', () => {
  assert.equal(
    run(PING),
    hex(
      bytes(
        '02 00 00 00 00 64', // Ethernet destination
        arp.OURS, // Ethernet source
        '08 00', // EtherType IPv4
        '45 00', // version, header length, service
        '00 1c', // total length
        '12 34 40 00', // identification, do not fragment
        '40 01', // time to live, protocol ICMP
        'a3 37', // header checksum: the same words in another order
        arp.VIP, // source
        'c0 a8 01 64', // destination
        '00 00', // echo reply
        'ff fd', // checksum
        '00 01 00 01', // identifier, sequence
      ),
    ),
  );
});

test('a fragment, a ping to all stations and a ping of a foreign address are left alone', () => {
  const changed = (offset: number, field: string) => {
    const frame = PING.slice();
    frame.set(bytes(field), offset);
    return frame;
  };
  for (const frame of [changed(20, '20 00'), changed(0, 'ff ff ff ff ff ff'), changed(33, '01'), changed(34, '0d')]) {
    assert.equal(run(frame), undefined);
  }
});

test('outcomes and answers are counted', () => {
  const before = [kernel.outcomes(), kernel.answers(bytes(arp.VIP), LOOPBACK)] as const;
  run(arp.request());
  run(arp.request({ target: 'c0 a8 01 01' }));
  const after = kernel.outcomes();
  assert.equal(after.ArpAnswered, before[0].ArpAnswered + 1);
  assert.equal(after.NotOwned, before[0].NotOwned + 1);
  assert.equal(kernel.answers(bytes(arp.VIP), LOOPBACK), before[1] + 1);
});

test('nothing is answered once the slot has run out', () => {
  kernel.setAlive(process.hrtime.bigint() - 1n);
  for (const { frame } of [...arp.answered, ...ndp.answered]) assert.equal(run(frame), undefined);
  kernel.setAlive(process.hrtime.bigint() + MINUTE);
});

test('an address that is given up, or owned on another interface, is not answered', () => {
  kernel.disown(bytes(arp.VIP), LOOPBACK);
  kernel.own(bytes(arp.VIP), 7);
  assert.equal(run(arp.request()), undefined);
  kernel.retain((_, index) => index === LOOPBACK);
  kernel.own(bytes(arp.VIP), LOOPBACK);
  assert.notEqual(run(arp.request()), undefined);
});

test('an address for which there is no room is refused as a value, and the others stay', () => {
  const full = openKernel(false);
  const address = (i: number) => Uint8Array.of(10, 1 + (i >> 16), (i >> 8) & 255, i & 255);
  let taken = 0;
  while (taken <= full.limit && full.own(address(taken), LOOPBACK)) taken++;
  // Two were there.
  assert.equal(taken, full.limit - 2);
  assert.equal(full.own(address(taken), LOOPBACK), false);
  assert.equal(full.own(bytes(arp.VIP), LOOPBACK), true);
  full.disown(address(0), LOOPBACK);
  assert.equal(full.own(address(taken), LOOPBACK), true);
  full.close();
});

test('the checked-in program is what its source says', { skip: !hasClang14() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-bpf-'));
  try {
    const output = join(folder, 'responder.bpf.o');
    execFileSync('sh', [join(program, 'build.sh')], { env: { ...process.env, OUTPUT: output } });
    const [built, shipped] = [output, join(program, 'responder.bpf.o')].map((path) =>
      readBpfObject(readFileSync(path)),
    );
    assert.deepEqual(built, shipped);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Another version makes other instructions of the same source. */
function hasClang14(): boolean {
  return /clang version 14\./.test(spawnSync('clang', ['--version'], { encoding: 'utf8' }).stdout ?? '');
}
