// The ARP responder: every answer and every reason for silence.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createResponder } from '#speaker/respond.ts';
import { answered, OURS, refused, request } from '#test/speaker/arp-vectors.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const owned = new Set([0xc0a801f0, 0xc0a801f1]);
const respond = createResponder({ index: 2, name: 'eth0', mac: bytes(OURS) }, (ip) => owned.has(ip));

function outcome(frame: Uint8Array): string {
  const answer = respond(frame, frame.length);
  return typeof answer === 'string' ? answer : hex(answer);
}

for (const { name, frame, outcome: wanted } of answered) {
  test(`${name} is answered`, () => assert.equal(outcome(frame), wanted));
}

for (const { name, frame, outcome: wanted } of refused) {
  test(`${name} gets no answer: ${wanted}`, () => assert.equal(outcome(frame), wanted));
}

test('bytes that an earlier, longer frame left in the buffer are not read', () => {
  const buffer = new Uint8Array(2048).fill(0xee);
  buffer.set(request());
  assert.equal(hex(respond(buffer, 42) as Uint8Array), answered[0]?.outcome);
  assert.equal(respond(buffer, 41), 'TooShort');
});

test('no bytes make the responder throw, and every answer is for an owned address', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 42, maxLength: 64 }), fc.boolean(), (data, makeArp) => {
      const frame = data.slice();
      if (makeArp) frame.set(request().subarray(0, 32));
      const answer = respond(frame, frame.length);
      if (typeof answer !== 'string') assert.ok(owned.has(Buffer.from(answer).readUInt32BE(28)));
    }),
  );
});
