// Nodes that stand still now and then.
import type { Simulator } from '#test/speaker/heartbeat/simulator.ts';

export const STALL_MS = 150;
const APART_MS = 300;

/** Every node, each for itself: `everyMs` on average, and never so close that two are one of 300 ms. */
export function addStalls(simulator: Simulator, { from, everyMs }: { from: number; everyMs: number }): void {
  for (const name of simulator.names) {
    const pause = () => APART_MS + simulator.random() * 2 * (everyMs - APART_MS);
    const stand = () => {
      simulator.stall(name, STALL_MS);
      simulator.at(simulator.now + pause(), stand);
    };
    simulator.at(from + pause(), stand);
  }
}
