// Announces addresses with the speaker's own parts; started inside a network namespace.
// Argument: {ips, ifaces?}. Input lines: {ips, ifaces?}, {counters: true}, {stop: true}.
import { createInterface } from 'node:readline';
import { formatIp, parseIp } from '#core/ip.ts';
import { openLog } from '#platform/log.ts';
import { openAnnouncer } from '#speaker/announcer.ts';
import { parseExcludes } from '#speaker/iface.ts';
import { openIfaceMonitor } from '#speaker/iface-monitor.ts';
import type { Announcement } from '#speaker/owned.ts';

type Wanted = { readonly ips: readonly string[]; readonly ifaces?: readonly string[] };
type Command = Partial<Wanted> & { readonly counters?: true; readonly stop?: true };

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const announcer = openAnnouncer({ refreshMs: 0, log: openLog('test') });
const monitor = openIfaceMonitor(parseExcludes(undefined), (ifaces) => {
  announcer.setIfaces(ifaces);
  say({ ifaces: ifaces.map((iface) => iface.name) });
});
announcer.setIfaces(monitor.current());
apply(JSON.parse(process.argv[2] ?? '{"ips": []}') as Wanted);

const input = createInterface(process.stdin);
// The test is gone.
input.on('close', () => process.exit());
input.on('line', (text) => {
  const command = JSON.parse(text) as Command;
  if (command.ips) apply({ ips: command.ips, ...(command.ifaces ? { ifaces: command.ifaces } : {}) });
  if (command.counters) say({ counters: Object.fromEntries(announcer.counters()), addresses: addresses() });
  if (command.stop) {
    monitor.close();
    announcer.close();
    input.removeAllListeners('close').close();
    process.stdin.destroy();
    say({ stopped: true });
  }
});

function apply({ ips, ifaces }: Wanted): void {
  const announcements = ips.map((text): Announcement => {
    const ip = parseIp(text);
    if (!ip) throw new Error(`"${text}" is not an address`);
    return { ip, text: formatIp(ip), services: ['default/web'], ...(ifaces ? { ifaces } : {}) };
  });
  const { started, stopped } = announcer.apply(announcements);
  say({ started: started.length, stopped: stopped.length });
}

function addresses(): object {
  const all = Array.from(announcer.owned.values());
  return Object.fromEntries(
    all.map(({ announcement, requests, replies, gratuitous }) => [
      announcement.text,
      { requests, replies, gratuitous },
    ]),
  );
}
