import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareIps, encodeIp, formatIp, type Ip, parseIp } from '#core/ip.ts';

const READ: [string, string | undefined][] = [
  ['192.168.1.240', '192.168.1.240'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['010.0.0.1', undefined],
  ['1.2.3', undefined],
  ['1.2.3.256', undefined],
  ['2001:DB8::0001', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['::', '::'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ['fe80::1%eth0', undefined],
  ['', undefined],
  [' 10.0.0.1', undefined],
];

for (const [text, wanted] of READ) {
  test(`parseIp reads "${text}" as ${wanted ?? 'no address'}`, () => {
    const ip = parseIp(text);
    assert.equal(ip && formatIp(ip), wanted);
  });
}

const anyIp: fc.Arbitrary<Ip> = fc.oneof(
  fc.bigInt(0n, (1n << 32n) - 1n).map((value) => ({ family: 4 as const, value })),
  fc.bigInt(1n << 64n, (1n << 128n) - 1n).map((value) => ({ family: 6 as const, value })),
);

test('parseIp reads back what formatIp writes', () => {
  fc.assert(fc.property(anyIp, (ip) => assert.deepEqual(parseIp(formatIp(ip)), ip)));
});

test('encodeIp writes network byte order, so bytes sort as values do', () => {
  assert.deepEqual([...encodeIp({ family: 4, value: 0xc0a801f0n })], [192, 168, 1, 240]);
  fc.assert(
    fc.property(anyIp, anyIp, (a, b) => {
      fc.pre(a.family === b.family);
      assert.equal(Math.sign(Buffer.compare(encodeIp(a), encodeIp(b))), compareIps(a, b));
    }),
  );
});
