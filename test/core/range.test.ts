import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatRange, intersectRanges, parseRange, type Range } from '#core/range.ts';

const READ: [string, string][] = [
  ['10.0.0.0/24', '10.0.0.0-10.0.0.255'],
  ['10.0.0.7/32', '10.0.0.7'],
  ['192.168.1.240-192.168.1.250', '192.168.1.240-192.168.1.250'],
  ['192.168.1.240 - 192.168.1.250', '192.168.1.240-192.168.1.250'],
  ['fd00::/126', 'fd00::-fd00::3'],
  ['fd00::1-fd00::9', 'fd00::1-fd00::9'],
  ['::ffff:1.2.3.0/120', '1.2.3.0-1.2.3.255'],
];

for (const [text, wanted] of READ) {
  test(`parseRange reads "${text}"`, () => {
    const parsed = parseRange(text);
    assert.ok(parsed.ok);
    assert.equal(formatRange(parsed.value.range), wanted);
    assert.equal(parsed.value.masked, false);
  });
}

const REFUSED: [string, string][] = [
  ['10.0.0.0/33', '"10.0.0.0/33" is neither a CIDR nor a first-last range'],
  ['10.0.0.0/', '"10.0.0.0/" is neither a CIDR nor a first-last range'],
  ['10.0.0.0/024', '"10.0.0.0/024" is neither a CIDR nor a first-last range'],
  ['10.0.0.1', '"10.0.0.1" is a single address, wanted "10.0.0.1/32"'],
  ['fd00:0::1', '"fd00:0::1" is a single address, wanted "fd00::1/128"'],
  ['10.0.0.1-10.0.0.2-10.0.0.3', '"10.0.0.1-10.0.0.2-10.0.0.3" is neither a CIDR nor a first-last range'],
  ['10.0.0.9-10.0.0.1', '"10.0.0.9-10.0.0.1" is reversed, wanted "10.0.0.1-10.0.0.9"'],
  ['1.2.3.4-2001::1', '"1.2.3.4-2001::1" mixes IPv4 and IPv6, wanted one family'],
  ['', '"" is neither a CIDR nor a first-last range'],
];

for (const [text, wanted] of REFUSED) {
  test(`parseRange refuses "${text}"`, () => {
    assert.deepEqual(parseRange(text), { ok: false, message: wanted });
  });
}

test('parseRange masks host bits and says so', () => {
  const parsed = parseRange('10.20.30.40/24');
  assert.ok(parsed.ok && parsed.value.masked);
  assert.equal(formatRange(parsed.value.range), '10.20.30.0-10.20.30.255');
});

const anyRange: fc.Arbitrary<Range> = fc
  .tuple(fc.nat(300), fc.nat(300))
  .map(([a, b]) => ({ family: 4, first: BigInt(Math.min(a, b)), last: BigInt(Math.max(a, b)) }));

test('intersectRanges holds exactly the addresses that are in both', () => {
  fc.assert(
    fc.property(anyRange, anyRange, fc.nat(300), (a, b, n) => {
      const value = BigInt(n);
      const has = (range: Range | undefined) => range !== undefined && range.first <= value && value <= range.last;
      assert.equal(has(intersectRanges(a, b)), has(a) && has(b));
    }),
  );
});
