// Cuts the owner's power under a steady stream of new connections and measures how long none succeeds.
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { tryUntil } from '../wait.ts';
import { bad, good, type Seen, type Stage } from './step.ts';

const patienceMs = 10_000;

/** One attempt of `knock.ts`: begin and end on CLOCK_MONOTONIC in milliseconds; no answer = it failed. */
export type Knock = { readonly begin: number; readonly end: number; readonly answer: string };

export async function failover({ lab, found }: Stage): Promise<Seen> {
  const { address, owner } = found;
  if (!address || !owner) return bad('no owner whose power could be cut');
  const others = lab.nodes().filter(({ name }) => name !== owner);
  // Without a backend on the owner the gap is the announcement's alone, not a dead endpoint's.
  await lab.backend('web', { nodes: others.map(({ name }) => name) });
  if (!(await forgotten(lab, { owner, nodes: others.map(({ name }) => name) }))) {
    return bad(`kube-proxy still knows the backend of ${owner}`);
  }

  const stop = new AbortController();
  const knocks: Knock[] = [];
  const knocking = knock(lab, address, { knocks, signal: stop.signal });
  try {
    const before = await tryUntil(() => knocks.some(({ answer }) => answer), { every: 20, within: patienceMs });
    if (!before) return bad(`no answer from ${address} before the power cut`);
    const { monotonicMs: cut, cableOutMs } = await lab.powerOff(owner);
    // What began while the cable was still in may have been answered by the old owner.
    const since = () => knocks.filter(({ begin }) => begin > cableOutMs).sort((a, b) => a.end - b.end);
    const first = await tryUntil(() => since().find(({ answer }) => answer), { every: 20, within: patienceMs });
    if (!first) return bad(`${owner} is off and nobody answered for ${patienceMs / 1000} s`);
    const failures = since().filter(({ end, answer }) => end < first.end && !answer).length;
    return good(`${owner} is off; first answer after ${Math.round(first.end - cut)} ms (${failures} attempts failed)`);
  } finally {
    stop.abort();
    await knocking;
  }
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

async function knock(
  lab: Lab,
  address: string,
  { knocks, signal }: { knocks: Knock[]; signal: AbortSignal },
): Promise<void> {
  const script = join(import.meta.dirname, 'knock.ts');
  let rest = '';
  await lab.exec('client', [process.execPath, script, address, '80'], {
    signal,
    onOutput: (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) knocks.push(JSON.parse(line) as Knock);
    },
  });
}
