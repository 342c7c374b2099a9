// The lab's faults by the names of its nodes, with a line for each that is made or undone.
import { heal, type Moment, partition, setLink, setLoss, startApi, stopApi } from './faults.ts';
import { openKubectl } from './kubectl.ts';
import { findNode } from './place.ts';
import { requireRecord } from './state.ts';

export type LabFaults = {
  /** These nodes lose contact with all other nodes; the client and the API server reach both sides. */
  partition(nodes: readonly string[]): Promise<Moment>;
  heal(): Promise<Moment>;
  apiDown(): Promise<void>;
  apiUp(): Promise<void>;
  /** The node's eth0 loses its carrier. */
  linkDown(node: string): Promise<Moment>;
  linkUp(node: string): Promise<Moment>;
  /** Loses this share (0 to 1) of all frames between places; 0 ends it. */
  setLoss(share: number): Promise<void>;
};

export function openFaults(name: string, say: (line: string) => void): LabFaults {
  const find = (node: string) => findNode(node, requireRecord(name));
  const at = ({ monotonicMs }: Moment) => `t0 = ${monotonicMs.toFixed(3)} ms (monotonic)`;
  return {
    async partition(nodes) {
      const apart = await partition(requireRecord(name), nodes.map(find));
      say(`${nodes.join(', ')}: cut off from the other nodes, ${at(apart)}`);
      return apart;
    },
    async heal() {
      const healed = await heal(requireRecord(name));
      say(`partition: healed, ${at(healed)}`);
      return healed;
    },
    async apiDown() {
      const ran = await stopApi(requireRecord(name));
      say(ran ? 'kube-apiserver: stopped' : 'kube-apiserver: was stopped already');
    },
    async apiUp() {
      await startApi(requireRecord(name), openKubectl(requireRecord(name)));
      say('kube-apiserver: answers');
    },
    async linkDown(node) {
      const pulled = await setLink(requireRecord(name), find(node), 'down');
      say(`${node}: eth0 has no carrier, ${at(pulled)}`);
      return pulled;
    },
    async linkUp(node) {
      const plugged = await setLink(requireRecord(name), find(node), 'up');
      say(`${node}: eth0 has its carrier, ${at(plugged)}`);
      return plugged;
    },
    setLoss: (share) => setLoss(requireRecord(name), share),
  };
}
