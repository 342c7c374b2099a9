// Prints what runs in a lab.
import { isPopulated } from './cgroup.ts';
import { controlCgroup, controlPrograms } from './control-plane.ts';
import type { Lab } from './lab.ts';

export async function printStatus(lab: Lab, say: (line: string) => void): Promise<void> {
  const nodes = lab.nodes();
  say(`lab "${lab.name}": ${nodes.length} nodes, kubeconfig ${lab.files.kubeconfig}`);
  for (const program of [...controlPrograms, 'supervisor']) {
    say(`  ${program}: ${isPopulated(controlCgroup(lab.name, program)) ? 'runs' : 'is dead'}`);
  }
  const state = await lab.state();
  for (const node of state.nodes) {
    const ready = node.isReady ? 'Ready' : 'not ready';
    const place = nodes.find(({ name }) => name === node.name);
    say(`  ${node.name}: ${node.isPowered ? ready : 'power is off'} (${place?.ipv4}, ${place?.ipv6})`);
    for (const pod of state.pods.filter((candidate) => candidate.node === node.name)) {
      say(`    ${pod.pod}: ${pod.isReady ? 'ready' : 'not ready'}`);
    }
  }
  for (const key of state.held) say(`  kept stopped: ${key}`);
}
