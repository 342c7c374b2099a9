// Announces with a kernel that has room for one address more; started inside a network namespace.
// Input lines: {ips}. Prints {announced, overflow, warnings} for each.
import { createInterface } from 'node:readline';
import { parseIp } from '#core/ip.ts';
import { openLog } from '#platform/log.ts';
import { openAnnouncer } from '#speaker/announcer.ts';
import { openAliveSlot } from '#speaker/heartbeat/alive-slot.ts';
import { openIfaceMonitor } from '#speaker/iface-monitor.ts';
import { KernelResponder } from '#speaker/kernel/responder.ts';

const ELSEWHERE = 9_999;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const warnings: unknown[] = [];
const log = { ...openLog('test'), warn: (fields: unknown, msg: string) => warnings.push({ fields, msg }) };
const kernel = new KernelResponder({ echo: false });
const announcer = openAnnouncer({ refreshMs: 0, log: log as typeof log & { warn: () => void }, kernel });
announcer.setIfaces(openIfaceMonitor([], () => {}).current());
// What an earlier process left is forgotten at the first call.
announcer.apply([]);
for (let i = 1; i < kernel.limit; i++) kernel.own(Uint8Array.of(10, 8 + (i >> 16), (i >> 8) & 255, i & 255), ELSEWHERE);
const slot = openAliveSlot(kernel.alive);
setInterval(() => slot.refresh(1_000), 50);
say({ ready: true });

const input = createInterface(process.stdin);
input.on('close', () => process.exit());
input.on('line', (text) => {
  const { ips } = JSON.parse(text) as { ips: string[] };
  announcer.apply(
    ips.map((one) => {
      const ip = parseIp(one);
      if (!ip) throw new Error(`"${one}" is not an address`);
      return { ip, text: one, services: ['default/web'] };
    }),
  );
  const overflow = Object.fromEntries(announcer.kernelOverflow());
  say({ announced: announcer.owned.size, overflow, warnings: warnings.splice(0) });
});
