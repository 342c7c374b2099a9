// Announces plans behind the guard; started inside a network namespace. Input lines: {ips}.
// Prints {started}, then {announced}, {event} and {claims} as they come.
import { createInterface } from 'node:readline';
import { parseIp } from '#core/ip.ts';
import { formatMac } from '#core/mac.ts';
import { openLog } from '#platform/log.ts';
import { openAnnouncer } from '#speaker/announcer.ts';
import { openGuard } from '#speaker/guard.ts';
import { parseExcludes } from '#speaker/iface.ts';
import { openIfaceMonitor } from '#speaker/iface-monitor.ts';
import type { AddressPlan } from '#speaker/plan.ts';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = { ...openLog('test'), warn: () => {} };
let plans: AddressPlan[] = [];

const announcer = openAnnouncer({ refreshMs: 0, log, onClaim: (claim) => guard.hear(claim) });
const monitor = openIfaceMonitor(parseExcludes(undefined), (ifaces) => announcer.setIfaces(ifaces));
announcer.setIfaces(monitor.current());
const guard = openGuard({
  node: 'self',
  announcer,
  identify: (mac) => ({ kind: monitor.current().some((iface) => formatMac(iface.mac) === mac) ? 'self' : 'stranger' }),
  reportConflict: () => undefined,
  onChange: () => pass(),
  recordEvent: ({ name }, { reason, message }) => say({ event: reason, name, message }),
  log,
});
pass();
say({ started: true });

const input = createInterface(process.stdin);
input.on('close', () => process.exit());
input.on('line', (text) => {
  const { ips } = JSON.parse(text) as { ips: string[] };
  plans = ips.map((one) => {
    const ip = parseIp(one);
    if (!ip) throw new Error(`"${one}" is not an address`);
    return { ip, text: one, owner: 'self', reason: 'announce', services: ['default/web'] };
  });
  pass();
});

function pass(): void {
  const admitted = guard.admit(plans, () => undefined);
  announcer.apply(admitted.filter(({ reason }) => reason === 'announce'));
  say({
    announced: Array.from(announcer.owned.values(), (one) => one.announcement.text),
    reasons: Object.fromEntries(admitted.map(({ text, reason }) => [text, reason])),
  });
}
