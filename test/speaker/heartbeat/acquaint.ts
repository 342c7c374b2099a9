// A fleet that has run for long: everybody knows everybody by hearsay, as after the start, which is much work to simulate.
import { learn } from '#speaker/heartbeat/hearsay.ts';
import type { Simulator } from '#test/speaker/heartbeat/simulator.ts';

const NO_DETAILS = new Uint8Array(0);

/** Before anything has run. */
export function acquaint(simulator: Simulator): void {
  const lives = simulator.names.map((node) => ({
    kind: 'lives' as const,
    node,
    session: simulator.sessionOf(node),
    incarnation: 1,
    ready: true,
    details: NO_DETAILS,
  }));
  for (const name of simulator.names) {
    const { peers } = simulator.watch(name).liveness;
    for (const life of lives) if (life.node !== name) learn(peers, life, { now: 0, recent: 0 });
  }
}
