// Owns addresses on eth0 without announcing them; started inside a network namespace.
// Arguments: "kernel" or "process", and how many addresses of each family. Prints a line when it answers.
import { readFileSync } from 'node:fs';
import { parseIp } from '#core/ip.ts';
import { parseMac } from '#core/mac.ts';
import { openArpSide } from '#speaker/arp-side.ts';
import { KernelResponder } from '#speaker/kernel/responder.ts';
import { openNdpSide } from '#speaker/ndp-side.ts';
import { OwnedAddresses } from '#speaker/owned.ts';
import { createCounters } from '#speaker/side.ts';
import { addressesOf } from './addresses.ts';

const [how = '', count = '1'] = process.argv.slice(2);
const fact = (name: string) => readFileSync(`/sys/class/net/eth0/${name}`, 'latin1').trim();
const iface = { name: 'eth0', index: Number(fact('ifindex')), mac: parseMac(fact('address')) ?? new Uint8Array(6) };
const owned = new OwnedAddresses();
const context = { iface, owned, probed: new OwnedAddresses(), counters: createCounters(), onClaim: () => {} };
const sides = [openArpSide(context), openNdpSide(context)] as const;
for (const text of addressesOf(Number(count))) {
  const ip = parseIp(text);
  if (ip) owned.put({ ip, text, services: [] }, 0);
}
for (const address of owned.values()) sides[address.bytes.length === 4 ? 0 : 1].join(address);
if (how === 'kernel') answerInKernel();
process.stdout.write('ready\n');
process.stdin.on('end', () => process.exit()).resume();

function answerInKernel(): void {
  const kernel = new KernelResponder({ echo: false });
  const refresh = () => kernel.setAlive(process.hrtime.bigint() + 600_000_000n);
  for (const { bytes } of owned.values()) kernel.own(bytes, iface.index);
  kernel.attach(iface);
  refresh();
  setInterval(refresh, 50);
}
