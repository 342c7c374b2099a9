// Probes a gateway; started inside a network namespace. Argument: {target}. Input lines: {witnessed}. Prints {state, before, target}.
import { createInterface } from 'node:readline';
import { openUplinkProbe } from '#speaker/uplink-probe.ts';

const { target } = JSON.parse(process.argv[2] ?? '') as { target: string };
let witnessed = true;
openUplinkProbe(
  { target, intervalMs: 50, failures: 3 },
  {
    isWitnessed: () => witnessed,
    onChange: (change) => process.stdout.write(`${JSON.stringify(change)}\n`),
  },
);

const input = createInterface(process.stdin);
input.on('close', () => process.exit());
input.on('line', (text) => {
  witnessed = (JSON.parse(text) as { witnessed: boolean }).witnessed;
});
