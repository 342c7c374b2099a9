// A Pod's own network namespace: one veth pair into its node, addresses of the node's Pod range.
import { ipBatch, makeNamespace, podNamespace, podSettings, removeNamespace } from '../network.ts';
import { namespaceOf } from '../place.ts';

export type PodAddress = { readonly index: number; readonly ipv4: string; readonly ipv6: string };

/** Hands out the addresses of one node, lowest first; .1 is the node's end of every pair. */
export class AddressBook {
  readonly #used = new Set<number>([0, 1]);

  take(podCIDRs: readonly string[]): PodAddress {
    let index = 2;
    while (this.#used.has(index)) index += 1;
    if (index > 254) throw new Error('no Pod address is left on this node');
    this.#used.add(index);
    return { index, ...addressesAt(podCIDRs, index) };
  }

  free(address: PodAddress): void {
    this.#used.delete(address.index);
  }
}

function addressesAt(podCIDRs: readonly string[], index: number): { ipv4: string; ipv6: string } {
  const [cidr4 = '', cidr6 = ''] = podCIDRs;
  const ipv4 = cidr4.replace(/\.0\/\d+$/, `.${index}`);
  return { ipv4, ipv6: cidr6.replace(/\/\d+$/, index.toString(16)) };
}

export type PodNetwork = {
  readonly lab: string;
  readonly node: string;
  readonly id: string;
  readonly podCIDRs: readonly string[];
  readonly address: PodAddress;
};

export async function makePodNetwork({ lab, node, id, podCIDRs, address }: PodNetwork): Promise<void> {
  const namespace = podNamespace(lab, id);
  const outside = `veth${id}`;
  const gateway = addressesAt(podCIDRs, 1);
  await makeNamespace(namespace, podSettings());
  await ipBatch(namespaceOf(lab, node), [
    `link add ${outside} type veth peer name eth0 netns ${namespace}`,
    `addr add ${gateway.ipv4}/32 dev ${outside}`,
    `addr add ${gateway.ipv6}/128 dev ${outside} nodad`,
    `link set ${outside} up`,
    `route replace ${address.ipv4}/32 dev ${outside}`,
    `route replace ${address.ipv6}/128 dev ${outside}`,
  ]);
  await ipBatch(namespace, [
    'link set lo up',
    `addr add ${address.ipv4}/32 dev eth0`,
    `addr add ${address.ipv6}/128 dev eth0 nodad`,
    'link set eth0 up',
    `route add ${gateway.ipv4}/32 dev eth0`,
    `route add default via ${gateway.ipv4}`,
    `route add ${gateway.ipv6}/128 dev eth0`,
    `route add ::/0 via ${gateway.ipv6}`,
  ]);
}

export async function removePodNetwork(lab: string, id: string): Promise<void> {
  await removeNamespace(podNamespace(lab, id));
}
