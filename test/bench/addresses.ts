// The addresses of the ARP and NDP bench, the same for the one who owns them and the one who asks.

/** IPv4 from 10.9.16.0 on and IPv6 from fd09::1:0 on, `count` of each. */
export function addressesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => [
    `10.9.${16 + (i >> 8)}.${i & 255}`,
    `fd09::1:${i.toString(16)}`,
  ]);
}
