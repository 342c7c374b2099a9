// A speaker's responder in the kernel with a slot it keeps alive; started inside a network namespace.
// Argument: {ips, lifeMs, pinFolder?}. On SIGTERM it leaves nothing behind; on SIGUSR2 it hands over to a successor.
// Prints {ready, readopted}. The process reads no frames: whatever is answered, the kernel answered.
import { readFileSync } from 'node:fs';
import { encodeIp, parseIp } from '#core/ip.ts';
import { parseMac } from '#core/mac.ts';
import { openAliveSlot } from '#speaker/heartbeat/alive-slot.ts';
import { KernelResponder } from '#speaker/kernel/responder.ts';

type Wanted = { readonly ips: readonly string[]; readonly lifeMs: number; readonly pinFolder?: string };

const { ips, lifeMs, pinFolder } = JSON.parse(process.argv[2] ?? '') as Wanted;
const fact = (name: string) => readFileSync(`/sys/class/net/eth0/${name}`, 'latin1').trim();
const iface = { name: 'eth0', index: Number(fact('ifindex')), mac: parseMac(fact('address')) ?? new Uint8Array(6) };
const addresses = ips.map((text) => parseIp(text)).filter((ip) => ip !== undefined);

const kernel = new KernelResponder({ pinFolder, echo: true });
for (const ip of addresses) kernel.own(encodeIp(ip), iface.index);
kernel.attach(iface);
const slot = openAliveSlot(kernel.alive);
slot.refresh(lifeMs);
setInterval(() => slot.refresh(lifeMs), 50);
process.on('SIGTERM', () => {
  kernel.close();
  process.exit();
});
process.on('SIGUSR2', () => {
  kernel.handOver(5_000);
  process.exit();
});
// Last: whoever reads it may send a signal at once.
process.stdout.write(`${JSON.stringify({ ready: true, readopted: kernel.readopted })}\n`);
