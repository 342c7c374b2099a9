// Heartbeats that no speaker sent: garbage, recordings, reflections and what another cluster's key signed. Nothing may move.
import { createSecretKey, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHeartbeat } from '#speaker/heartbeat/message.ts';
import { must } from '#test/lab/command.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { HEARTBEAT_PORT, type Recorded, recordHeartbeats } from './recording.ts';
import { PATIENCE, type Stage, untilOwner } from './stage.ts';
import { type Calm, watchCalm } from './stall.ts';

export type Forgery = {
  /** While all speakers live. */
  readonly calm: Calm;
  /** Why datagrams had no effect, over all speakers. */
  readonly ignored: readonly string[];
  /** How often a dead owner's recordings moved the address. */
  readonly resurrections: number;
};

type Datagram = { readonly to: string; readonly payload: Uint8Array };

const FLOOD = { rounds: 20, everyMs: 50 };

export async function forgeHeartbeats(stage: Stage): Promise<Forgery> {
  const { lab, owner, heir } = stage;
  const recorded = await recordHeartbeats(lab, owner);
  const nodes = lab.nodes().map(({ ipv4 }) => ipv4);
  const calm = await watchCalm(stage, () => flood(stage, [...inventions(owner, nodes), ...echoesOf(recorded, nodes)]));
  const ignored = await pollUntil('reasons to be counted', () => allReasons(lab), PATIENCE);

  await lab.killSpeaker(owner);
  await untilOwner(stage, heir);
  const ownersOnly = recorded.filter(({ from }) => from === addressOf(lab, owner));
  const dead = await watchCalm({ ...stage, owner: heir }, () => flood(stage, echoesOf(ownersOnly, nodes)));
  await lab.startSpeaker(owner);
  await untilOwner(stage, owner);
  return { calm, ignored, resurrections: dead.takeOvers };
}

/** Bytes of no meaning, and messages that would end the owner if another cluster's key counted. */
function inventions(owner: string, nodes: readonly string[]): Datagram[] {
  const key = createSecretKey(randomBytes(32));
  const base = { node: owner, ready: true, session: 1n, sequence: 1n, echoes: [] };
  const forged = (['beat', 'leave'] as const).map((type) => encodeHeartbeat({ ...base, type }, key));
  const garbage = [randomBytes(1), randomBytes(60), randomBytes(1_400), new Uint8Array(0)];
  return nodes.flatMap((to) => [...forged, ...garbage].map((payload) => ({ to, payload })));
}

/** Everything recorded, once more to everybody: to its own sender as well. */
function echoesOf(recorded: readonly Recorded[], nodes: readonly string[]): Datagram[] {
  return nodes.flatMap((to) => recorded.flatMap(({ payload }) => [{ to, payload }]));
}

async function flood({ lab, guest }: Stage, datagrams: readonly Datagram[]): Promise<void> {
  const file = join(lab.files.folder, 'datagrams.json');
  const lines = datagrams.map(({ to, payload }) => ({ to, hex: Buffer.from(payload).toString('hex') }));
  writeFileSync(file, JSON.stringify(lines));
  const script = join(checkout, 'test/chaos/failover/datagrams-child.ts');
  const plan = { file, port: HEARTBEAT_PORT, ...FLOOD };
  await must(guest.command([process.execPath, script, JSON.stringify(plan)]));
}

const EXPECTED = ['Malformed', 'Reflected', 'Replay', 'WrongKey'];

/** The reasons the metrics of all speakers tell, once all that are expected are among them. */
async function allReasons(lab: Lab): Promise<string[] | undefined> {
  const url = 'http://127.0.0.1:7472/metrics';
  const texts = await Promise.all(lab.nodes().map(({ name }) => lab.exec(name, ['curl', '-s', url])));
  const pattern = /^arpeggio_heartbeats_ignored_total\{reason="(\w+)"\} [1-9]/gm;
  const reasons = new Set(
    texts.flatMap(({ stdout }) => Array.from(stdout.matchAll(pattern), ([, reason = '']) => reason)),
  );
  return EXPECTED.every((reason) => reasons.has(reason)) ? [...reasons].sort() : undefined;
}

function addressOf(lab: Lab, node: string): string {
  return lab.nodes().find(({ name }) => name === node)?.ipv4 ?? '';
}
