// What a speaker tells of its node, byte by byte.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeExtension, encodeExtension } from '#speaker/heartbeat/extension.ts';
import { isSameStanding, type Standing, tellable, worseOf } from '#speaker/heartbeat/standing.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const STANDING: Standing = {
  draining: true,
  uplink: 'down',
  ifaces: ['eth0', 'br1'],
  prefixes: [
    { cidr: '192.168.1.0/24', carrier: true },
    { cidr: '10.64.0.0/10', carrier: false },
    { cidr: 'fd00:1::/64', carrier: true },
  ],
};
const RECORDS = Buffer.from(
  bytes(
    '04', // kind: flags
    '01', // length
    '05', // draining, uplink down
    '05', // kind: interfaces
    '09', // length
    '04 65 74 68 30', // "eth0"
    '03 62 72 31', // "br1"
    '06', // kind: on-link prefixes
    '13', // length
    '01 18 c0 a8 01', // carrier; 192.168.1.0/24
    '00 0a 0a 40', // no carrier; 10.64.0.0/10
    '03 40 fd 00 00 01 00 00 00 00', // carrier, IPv6; fd00:1::/64
  ),
);

test('a standing is three records', () => {
  assert.equal(hex(encodeExtension({ standing: STANDING })), hex(RECORDS));
  assert.deepEqual(decodeExtension(RECORDS), { standing: STANDING });
});

test('a working uplink, and none that is known, are told apart', () => {
  for (const uplink of ['works', 'unknown'] as const) {
    const standing = { draining: false, uplink };
    assert.deepEqual(decodeExtension(encodeExtension({ standing })), { standing });
  }
});

test('no interface is not the same as none told', () => {
  const none: Standing = { draining: false, uplink: 'unknown', ifaces: [], prefixes: [] };
  assert.deepEqual(decodeExtension(encodeExtension({ standing: none })), { standing: none });
  assert.ok(!isSameStanding(none, { draining: false, uplink: 'unknown' }));
});

test('lists that do not fit are not told at all, so that nobody takes the rest for missing', () => {
  const ifaces = Array.from({ length: 30 }, (_, i) => `eth${i}`);
  const prefixes = Array.from({ length: 33 }, (_, i) => ({ cidr: `10.0.${i}.0/24`, carrier: true }));
  assert.deepEqual(tellable({ ...STANDING, ifaces, prefixes }), { draining: true, uplink: 'down' });
  const fitting = { ...STANDING, prefixes: prefixes.slice(0, 32) };
  assert.deepEqual(tellable(fitting), fitting);
});

const worse: [string, Partial<Standing>, Partial<Standing>, Partial<Standing>][] = [
  ['a drain that begins', {}, { draining: true }, { draining: true }],
  ['a drain that ends', { draining: true }, {}, { draining: true }],
  ['an uplink that fails', { uplink: 'works' }, { uplink: 'down' }, { uplink: 'down' }],
  ['an uplink that returns', { uplink: 'down' }, { uplink: 'unknown' }, { uplink: 'down' }],
  ['an interface that comes and one that goes', { ifaces: ['a', 'b'] }, { ifaces: ['b', 'c'] }, { ifaces: ['b'] }],
  ['interfaces that were not told', {}, { ifaces: ['b'] }, { ifaces: ['b'] }],
  ['interfaces that are not told now', { ifaces: ['b'] }, {}, {}],
  [
    'carrier that returns, one that is lost, and a subnet that is new',
    {
      prefixes: [
        { cidr: '10.0.0.0/24', carrier: false },
        { cidr: '10.0.1.0/24', carrier: true },
      ],
    },
    {
      prefixes: [
        { cidr: '10.0.0.0/24', carrier: true },
        { cidr: '10.0.1.0/24', carrier: false },
        { cidr: '10.0.2.0/24', carrier: true },
      ],
    },
    {
      prefixes: [
        { cidr: '10.0.0.0/24', carrier: false },
        { cidr: '10.0.1.0/24', carrier: false },
        { cidr: '10.0.2.0/24', carrier: true },
      ],
    },
  ],
];
for (const [name, before, now, expected] of worse) {
  test(`what holds before and after: ${name}`, () => {
    const plain: Standing = { draining: false, uplink: 'unknown' };
    assert.deepEqual(worseOf({ ...plain, ...before }, { ...plain, ...now }), { ...plain, ...expected });
    assert.deepEqual(worseOf(undefined, { ...plain, ...now }), { ...plain, ...now });
  });
}

test('records that end too early, or name impossible lengths, are read as far as they go', () => {
  const read = (...octets: string[]) => decodeExtension(Buffer.from(bytes(...octets))).standing;
  const unsaid = { draining: false, uplink: 'unknown' };
  assert.deepEqual(read('05 03 04 65 74'), { ...unsaid, ifaces: [] });
  assert.deepEqual(read('06 03 01 18 c0'), { ...unsaid, prefixes: [] });
  assert.deepEqual(read('06 07 01 21 c0 a8 01 01 00'), { ...unsaid, prefixes: [] });
});

test('every standing that can be told decodes to itself', () => {
  const cidrs = fc.constantFrom('10.0.0.0/8', '10.1.2.3/32', '0.0.0.0/1', '2001:db8::/33', 'fd00::1/128');
  const prefix = fc.record({ cidr: cidrs, carrier: fc.boolean() }, { noNullPrototype: true });
  const arbitrary = fc.record(
    {
      draining: fc.boolean(),
      uplink: fc.constantFrom('unknown' as const, 'works' as const, 'down' as const),
      ifaces: fc.array(fc.stringMatching(/^[a-z0-9.@-]{1,15}$/), { maxLength: 7 }),
      prefixes: fc.array(prefix, { maxLength: 8 }),
    },
    { requiredKeys: ['draining', 'uplink'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(arbitrary, (standing) => {
      assert.deepEqual(decodeExtension(encodeExtension({ standing })), { standing });
      assert.ok(isSameStanding(standing, structuredClone(standing)));
    }),
  );
});
