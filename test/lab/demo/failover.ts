// Cuts the owner's power under a steady stream of new connections and measures how long none succeeds.
import { type Knocking, openKnocking } from '../knocking.ts';
import type { Lab } from '../lab.ts';
import { tryUntil } from '../wait.ts';
import { bad, good, type Seen, type Stage } from './step.ts';

const patienceMs = 10_000;

export async function failover({ lab, found }: Stage): Promise<Seen> {
  const { address, owner } = found;
  if (!address || !owner) return bad('no owner whose power could be cut');
  const others = lab.nodes().filter(({ name }) => name !== owner);
  // Without a backend on the owner the gap is the announcement's alone, not a dead endpoint's.
  await lab.backend('web', { nodes: others.map(({ name }) => name) });
  if (!(await forgotten(lab, { owner, nodes: others.map(({ name }) => name) }))) {
    return bad(`kube-proxy still knows the backend of ${owner}`);
  }

  const knocking = openKnocking(lab, { address, everyMs: 10, patienceMs: 100 });
  try {
    return await cutPower(lab, { address, owner }, knocking);
  } finally {
    await knocking.end();
  }
}

async function cutPower(
  lab: Lab,
  { address, owner }: { address: string; owner: string },
  { knocks }: Knocking,
): Promise<Seen> {
  const before = await tryUntil(() => knocks.some(({ answer }) => answer), { every: 20, within: patienceMs });
  if (!before) return bad(`no answer from ${address} before the power cut`);
  const { monotonicMs: cut, cableOutMs } = await lab.powerOff(owner);
  // What began while the cable was still in may have been answered by the old owner.
  const since = () => knocks.filter(({ begin }) => begin > cableOutMs).sort((a, b) => a.end - b.end);
  const first = await tryUntil(() => since().find(({ answer }) => answer), { every: 20, within: patienceMs });
  if (!first) return bad(`${owner} is off and nobody answered for ${patienceMs / 1000} s`);
  const failures = since().filter(({ end, answer }) => end < first.end && !answer).length;
  return good(`${owner} is off; first answer after ${Math.round(first.end - cut)} ms (${failures} attempts failed)`);
}

/** True once no packet filter of `nodes` names the Pod network of `owner`. */
async function forgotten(lab: Lab, { owner, nodes }: { owner: string; nodes: readonly string[] }): Promise<boolean> {
  const cidr = await lab.mustKubectl(['get', 'node', owner, '-o', 'jsonpath={.spec.podCIDR}']);
  const ofOwner = new RegExp(`${cidr.replace(/0\/\d+$/, '')}\\d+ \\. 8080`);
  const isForgotten = async () => {
    const rules = await Promise.all(nodes.map((node) => lab.exec(node, ['nft', 'list', 'table', 'ip', 'kube-proxy'])));
    return rules.every(({ stdout }) => stdout.includes('default/web/') && !ofOwner.test(stdout));
  };
  return (await tryUntil(isForgotten, { every: 100, within: patienceMs })) ?? false;
}
