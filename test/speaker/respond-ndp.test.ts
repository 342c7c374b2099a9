// The NDP responder: every answer and every reason for silence.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createNdpResponder } from '#speaker/respond-ndp.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';
import {
  answered,
  OTHER_VIP,
  OURS,
  refused,
  SOLICITATION_FRAME,
  solicitation,
  VIP,
} from '#test/speaker/ndp-vectors.ts';

const owned = [bytes(VIP), bytes(OTHER_VIP)].map(hex);
const isOwned = (frame: Uint8Array, offset: number) => owned.includes(hex(frame.subarray(offset, offset + 16)));
const respond = createNdpResponder({ index: 2, name: 'eth0', mac: bytes(OURS) }, isOwned);

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

test('every truncation is refused', () => {
  for (let length = 0; length < SOLICITATION_FRAME.length; length++) {
    assert.match(outcome(SOLICITATION_FRAME.subarray(0, length)), /^(TooShort|PayloadLength)$/);
  }
});

test('bytes that an earlier, longer frame left in the buffer are not read', () => {
  const buffer = new Uint8Array(2048).fill(0xee);
  buffer.set(SOLICITATION_FRAME);
  assert.equal(hex(respond(buffer, SOLICITATION_FRAME.length) as Uint8Array), answered[0]?.outcome);
  assert.equal(respond(buffer, SOLICITATION_FRAME.length - 1), 'PayloadLength');
});

test('no bytes make the responder throw, and every answer is for an owned address', () => {
  const options = fc.uint8Array({ maxLength: 64 });
  fc.assert(
    fc.property(options, fc.uint8Array({ minLength: 8, maxLength: 90 }), fc.boolean(), (data, noise, isMessage) => {
      const frame = isMessage ? solicitation({ options: hex(data) }) : noise;
      const answer = respond(frame, frame.length);
      if (typeof answer !== 'string') assert.ok(owned.includes(hex(answer.subarray(62, 78))));
    }),
  );
});
