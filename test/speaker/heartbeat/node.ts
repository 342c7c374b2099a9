// A simulated node: the real heartbeat code and what the simulator knows of it.
import type { Heartbeat } from '#speaker/heartbeat/message.ts';
import { Self } from '#speaker/heartbeat/self.ts';
import { Watch, type WatchOptions } from '#speaker/heartbeat/watch.ts';
import { createPace, type Pace } from '#test/speaker/heartbeat/pace.ts';

export type Node = {
  readonly name: string;
  watch: Watch;
  session: bigint;
  sequence: bigint;
  readonly inbox: Heartbeat[];
  stalledUntil: number;
  hasPower: boolean;
  self: Self;
  /** The timer that counts; earlier ones are void. */
  timer: number;
  timerAt: number;
  readonly sent: Pace;
  readonly received: Pace;
};

export function createNode(
  name: string,
  session: bigint,
  { base, sticky }: Pick<WatchOptions, 'base'> & { sticky: boolean },
): Node {
  const self = new Self(sticky);
  self.take({ kind: 'macs', macs: macsOf(name) });
  self.take({ kind: 'ready', ready: true });
  return {
    name,
    watch: new Watch({ node: name, session, base }),
    session,
    self,
    sequence: 0n,
    inbox: [],
    stalledUntil: 0,
    hasPower: true,
    timer: 0,
    timerAt: 0,
    sent: createPace(),
    received: createPace(),
  };
}

const macs = new Map<string, readonly string[]>();

/** The same list each time. */
function macsOf(name: string): readonly string[] {
  const known = macs.get(name) ?? [
    `02:00:00:00:${hex(Number(name.slice(1)) >> 8)}:${hex(Number(name.slice(1)) & 255)}`,
  ];
  macs.set(name, known);
  return known;
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}
