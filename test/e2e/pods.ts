// Arpeggio's Pods in a lab, with what a scrape has to know of them.
import type { Lab } from '#test/lab/lab.ts';

export type Pod = {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly spec: { readonly nodeName: string; readonly containers: readonly Container[] };
  readonly status: { readonly podIP: string; readonly phase: string };
};
type Container = { readonly ports?: readonly { readonly name: string; readonly containerPort: number }[] };

export async function readPods(lab: Lab): Promise<readonly Pod[]> {
  const text = await lab.mustKubectl(['get', 'pods', '-n', 'metallb-system', '-o', 'json']);
  return (JSON.parse(text) as { readonly items: readonly Pod[] }).items;
}
