// A guest: a machine on the lab's LAN that is no part of the cluster. `down` removes it with all the rest.
import { join } from 'node:path';
import { killCgroup, labCgroup, makeCgroup, removeCgroup } from './cgroup.ts';
import { enter, startDetached } from './command.ts';
import { type Moment, monotonicNow } from './faults.ts';
import { makePlace, placePath, setCables, wipeNode } from './network.ts';
import { guestPlace, type Place } from './place.ts';
import { filesOf } from './state.ts';

export type Guest = {
  readonly place: Place;
  /** The command that runs `argv` on the guest. */
  command(argv: readonly string[]): string[];
  /** Starts a program that ends with the guest. */
  start(argv: readonly string[]): void;
  /** Pulls the cable, then kills all at once, as for a node. */
  powerOff(): Promise<Moment>;
  remove(): Promise<void>;
};

export async function addGuest(lab: string, name: string, host: number): Promise<Guest> {
  const place = guestPlace(name, host);
  await makePlace(lab, place);
  const cgroup = makeCgroup(join(labCgroup(lab), name));
  const namespace = placePath(lab, place);
  const remove = async () => {
    await removeCgroup(cgroup);
    await wipeNode(lab, place);
  };
  return {
    place,
    command: (argv) => enter({ argv, cgroup, namespace }),
    start: (argv) =>
      void startDetached({ argv, cgroup, namespace, log: join(filesOf(lab).logs, `${argv[0]}.${name}.log`) }),
    async powerOff() {
      const monotonicMs = monotonicNow();
      await setCables(lab, place, { which: 'all', state: 'down' });
      const doneMs = monotonicNow();
      killCgroup(cgroup);
      await remove();
      return { monotonicMs, doneMs };
    },
    remove,
  };
}
