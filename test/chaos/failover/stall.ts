// Speakers that live and are not heard: stopped for a moment, starved of CPU, cut off by a lossy network. Whatever was taken
// over meanwhile was taken over wrongly.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '#test/lab/faults.ts';
import type { Lab } from '#test/lab/lab.ts';
import { findProcesses } from '#test/lab/processes.ts';
import { claimersOf } from '../wire.ts';
import { macOf, type Stage, untilAnswerers } from './stage.ts';

export type Stall = {
  /** How often another node began to announce the address. */
  readonly takeOvers: number;
  /** Whose claim on the wire was the last one. */
  readonly lastClaimer: string | undefined;
  /** From SIGCONT until nobody but the owner answers. */
  readonly settledMs: number;
};

export type Calm = {
  /** How often the address changed hands on the wire. */
  readonly takeOvers: number;
  /** Verdicts of speakers over speakers that lived all the while. */
  readonly falseDeaths: number;
};

const LOOPS = 8;

/** The owner's speaker stands still for `ms`. */
export async function stallOwner(stage: Stage, ms: number): Promise<Stall> {
  const { lab, owner, wire, address } = stage;
  const pids = findProcesses(lab.name, /speaker\/main\.ts/, `NODE_NAME=${owner}`);
  wire.forget();
  const before = announcementsIn(lab, address);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await delay(ms);
  const contAt = monotonicNow();
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  const settledAt = await untilAnswerers(stage, [owner]);
  const mac = claimersOf(wire.frames, address).at(-1);
  return {
    takeOvers: announcementsIn(lab, address) - before,
    lastClaimer: lab.nodes().find((node) => node.mac === mac)?.name,
    settledMs: settledAt - contAt,
  };
}

/** Busy loops at normal priority on the machine that all nodes share. */
export async function starve(stage: Stage, ms: number): Promise<Calm> {
  const seconds = String(ms / 1_000);
  const loop = ['timeout', '-s', 'KILL', seconds, 'sh', '-c', 'while :; do :; done'];
  return await watchCalm(stage, () => Promise.all(Array.from({ length: LOOPS }, () => stage.lab.exec('client', loop))));
}

/** This share of all frames between any two machines is lost. */
export async function loseFrames(stage: Stage, share: number, ms: number): Promise<Calm> {
  return await watchCalm(stage, async () => {
    await stage.lab.setLoss(share);
    try {
      await delay(ms);
    } finally {
      await stage.lab.setLoss(0);
    }
  });
}

/** What came of a disturbance in which nobody died. */
export async function watchCalm(stage: Stage, disturb: () => Promise<unknown>): Promise<Calm> {
  const { lab, wire, address, owner } = stage;
  wire.forget();
  const before = deathsIn(lab);
  await disturb();
  const claimers = claimersOf(wire.frames, address);
  const changes = claimers[0] === macOf({ lab }, owner) ? claimers.slice(1) : claimers;
  return { takeOvers: changes.length, falseDeaths: deathsIn(lab) - before };
}

function deathsIn(lab: Lab): number {
  return countLines(lab, (line) => line.includes('"msg":"peer died"'));
}

function announcementsIn(lab: Lab, address: string): number {
  return countLines(lab, (line) => line.includes('"msg":"announcing"') && line.includes(`"ip":"${address}"`));
}

/** Lines in the logs of all speakers. */
function countLines(lab: Lab, fits: (line: string) => boolean): number {
  const files = readdirSync(lab.files.logs).filter((file) => file.startsWith('speaker.'));
  const lines = files.flatMap((file) => readFileSync(join(lab.files.logs, file), 'utf8').split('\n'));
  return lines.filter(fits).length;
}
