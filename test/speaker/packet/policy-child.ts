// A speaker without a cluster: heartbeats, interfaces, plan and guard; started inside a network namespace.
// Argument: {node, address, key, peers, ip}. Input lines: {drain}, {drained: nodes, as the API server may tell us before the node
// itself}, {leave}, {claims}. Prints {at, live, reason, owner} when one of these changes.
import { createInterface } from 'node:readline';
import { parseNode } from '#core/node.ts';
import { parseService } from '#core/service.ts';
import { openLog } from '#platform/log.ts';
import { openAnnouncer } from '#speaker/announcer.ts';
import { openGuard } from '#speaker/guard.ts';
import { openHeartbeat } from '#speaker/heartbeat/channel.ts';
import type { PeerAddress } from '#speaker/heartbeat/protocol.ts';
import { type Standing, worseOf } from '#speaker/heartbeat/standing.ts';
import { parseExcludes } from '#speaker/iface.ts';
import { openIfaceMonitor } from '#speaker/iface-monitor.ts';
import { planAddresses } from '#speaker/plan.ts';
import { mergeStandings } from '#speaker/world.ts';
import { advertisement, pool } from '#test/speaker/builders.ts';

type Argument = { node: string; address: string; key: string; peers: PeerAddress[]; ip: string };

const { node: self, address, key, peers, ip } = JSON.parse(process.argv[2] ?? '') as Argument;
const service = parseService({
  metadata: { namespace: 'default', name: 'web' },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [{ ip }] } },
});
const config = { pools: [pool('p', '10.9.0.0/24')], advertisements: [advertisement({ interfaces: ['eth0'] })] };
const nodes = new Map(peers.map(({ node }) => [node, parseNode({ metadata: { name: node } })]));
const servingNodes = new Map([[service.key, new Set(nodes.keys())]]);
const log = { ...openLog('test'), info: () => {}, warn: () => {} };
let draining = false;
let hasLeft = false;
let said = '';
let last: Standing | undefined;
let toldText = '';

const announcer = openAnnouncer({ refreshMs: 0, log, onClaim: (claim) => guard.hear(claim) });
const ifaces = openIfaceMonitor(parseExcludes(undefined), (changed) => {
  announcer.setIfaces(changed);
  pass();
});
announcer.setIfaces(ifaces.current());
const heartbeat = openHeartbeat(
  { node: self, address, port: 7473, intervalMs: 50, deadlineMs: 200, sticky: false },
  {
    onView: () => pass(),
    onVerdict: () => {},
    onStalled: () => {},
    onAccused: () => {},
    onError: (error) => Promise.reject(error),
  },
);
const guard = openGuard({
  node: self,
  announcer,
  // Two speakers and nobody else: who is not us is the other.
  identify: () => ({ kind: 'peer', node: peers.find(({ node }) => node !== self)?.node ?? '' }),
  reportConflict: () => undefined,
  recordEvent: () => {},
  onChange: () => pass(),
  log,
});
heartbeat.setKey(Buffer.from(key, 'hex'));
heartbeat.setPeers(peers);

const input = createInterface(process.stdin);
input.on('close', () => process.exit());
input.on('line', (text) => {
  const command = JSON.parse(text) as { drain?: boolean; drained?: string[]; leave?: true; claims?: true };
  if (command.claims) process.stdout.write(`${JSON.stringify({ claims: guard.claims.peer })}\n`);
  if (command.leave) void leave();
  const { drain, drained } = command;
  for (const { node: name } of drained ? peers : []) {
    const annotations = { 'arpeggio.dev/drain': String(drained?.includes(name)) };
    nodes.set(name, parseNode({ metadata: { name, annotations } }));
  }
  draining = drain ?? draining;
  pass();
});

/** As the speaker does on SIGTERM. */
async function leave(): Promise<void> {
  const taken = guard.leave();
  hasLeft = true;
  await heartbeat.leave();
  await taken;
  process.stdout.write(`${JSON.stringify({ left: true, owned: announcer.owned.size })}\n`);
}

function tell(standing: Standing): void {
  if (JSON.stringify(standing) !== toldText) heartbeat.setStanding(standing);
  toldText = JSON.stringify(standing);
}

function pass(): void {
  const { live, settled } = heartbeat.view();
  if (!settled || hasLeft) return;
  const names = ifaces.current().map(({ name }) => name);
  const standing: Standing = { draining, uplink: 'unknown', ifaces: names, prefixes: ifaces.prefixes() };
  tell(worseOf(last, standing));
  const told = new Map(live.map((peer) => [peer.node, peer.standing])).set(self, standing);
  const standings = mergeStandings(told, nodes, { drainOnCordon: false });
  const ready = live.filter((peer) => peer.ready).map(({ node }) => node);
  const speakers = new Set(names.length > 0 ? [self, ...ready] : ready);
  const world = { self, services: [service], config, nodes, speakers, standings, servingNodes };
  const admitted = guard.admit(planAddresses(world), () => undefined);
  const begunAt = now();
  announcer.apply(admitted.filter(({ reason }) => reason === 'announce'));
  // Who announces does so from the first frame on, who lets go is silent when all is done.
  const at = admitted[0]?.reason === 'announce' ? begunAt : now();
  tell(standing);
  last = standing;
  heartbeat.setReady(names.length > 0);
  const state = { live: speakers.size, reason: admitted[0]?.reason, owner: admitted[0]?.owner };
  if (JSON.stringify(state) === said) return;
  said = JSON.stringify(state);
  process.stdout.write(`${JSON.stringify({ at, ...state })}\n`);
}

/** Of the clock that all processes share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
