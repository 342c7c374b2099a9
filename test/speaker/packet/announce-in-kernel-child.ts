// Announces with a responder in the kernel; started inside a network namespace. Argument: {room?}, of the kernel's maps.
// Input lines: {ips, ifaces?}, {counters: true}. Prints {announced, overflow, warnings} or {counted}, and {ifaces} on a change.
import { createInterface } from 'node:readline';
import { parseIp } from '#core/ip.ts';
import { openLog } from '#platform/log.ts';
import { openAnnouncer } from '#speaker/announcer.ts';
import { openAliveSlot } from '#speaker/heartbeat/alive-slot.ts';
import type { Iface } from '#speaker/iface.ts';
import { openIfaceMonitor } from '#speaker/iface-monitor.ts';
import { KernelResponder } from '#speaker/kernel/responder.ts';

type Command = { readonly ips?: string[]; readonly ifaces?: string[]; readonly counters?: true };

const ELSEWHERE = 9_999;
const { room } = JSON.parse(process.argv[2] ?? '{}') as { room?: number };
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const warnings: unknown[] = [];
const log = { ...openLog('test'), warn: (fields: object, msg: string) => void warnings.push({ fields, msg }) };
const kernel = new KernelResponder({ echo: false });
const announcer = openAnnouncer({ refreshMs: 0, log, kernel });
const monitor = openIfaceMonitor([], (ifaces) => follow(ifaces));
follow(monitor.current());
// What an earlier process left is forgotten at the first call.
announcer.apply([]);
for (let i = room ?? kernel.limit; i < kernel.limit; i++) {
  kernel.own(Uint8Array.of(10, 8 + (i >> 16), (i >> 8) & 255, i & 255), ELSEWHERE);
}
const slot = openAliveSlot(kernel.alive);
setInterval(() => slot.refresh(1_000), 50);
say({ ready: true });

const input = createInterface(process.stdin);
input.on('close', () => process.exit());
input.on('line', (text) => {
  const command = JSON.parse(text) as Command;
  if (command.counters) say({ counted: Object.fromEntries(announcer.counters()) });
  if (command.ips) apply(command.ips, command.ifaces);
});

function follow(ifaces: readonly Iface[]): void {
  announcer.setIfaces(ifaces);
  say({ ifaces: ifaces.map(({ name }) => name) });
}

function apply(ips: readonly string[], ifaces?: readonly string[]): void {
  const announcements = ips.map((text) => {
    const ip = parseIp(text);
    if (!ip) throw new Error(`"${text}" is not an address`);
    return { ip, text, services: ['default/web'], ...(ifaces ? { ifaces } : {}) };
  });
  announcer.apply(announcements);
  const overflow = Object.fromEntries(announcer.kernelOverflow());
  say({ announced: announcer.owned.size, overflow, warnings: warnings.splice(0) });
}
