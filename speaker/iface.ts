// Which interfaces announce: rules over the facts the kernel tells about each link.

export type Iface = { readonly index: number; readonly name: string; readonly mac: Uint8Array };

export type LinkFacts = {
  readonly name: string;
  readonly index: number;
  /** IFF_* bits (linux/if.h). */
  readonly flags: number;
  /** ARPHRD_* (linux/if_arp.h). */
  readonly type: number;
  readonly carrier: boolean;
  /** Undefined where the address is not an Ethernet one. */
  readonly mac: Uint8Array | undefined;
  /** What the link is enslaved to, as the kernel calls the kind (`bridge`, `bond`, `vrf`, ...). */
  readonly master: string | undefined;
};

export type IfaceProblem =
  | 'Excluded'
  | 'NotEthernet'
  | 'NoMac'
  | 'Down'
  | 'NoCarrier'
  | 'NoArp'
  | 'NotBroadcast'
  | 'Enslaved';

const IFF_UP = 0x1;
const IFF_BROADCAST = 0x2;
const IFF_LOOPBACK = 0x8;
const IFF_NOARP = 0x80;
const ARPHRD_ETHER = 1;

/** MetalLB's own list: container networks, tunnels and dummies. */
export const DEFAULT_EXCLUDES = [
  '^docker.*',
  '^cbr.*',
  '^dummy.*',
  '^virbr.*',
  '^lxcbr.*',
  '^veth.*',
  '^lo$',
  '^cali.*',
  '^tunl.*',
  '^flannel.*',
  '^kube-ipvs.*',
  '^cni.*',
  '^nodelocaldns.*',
  '^lxc.*',
];

/** Comma-separated regular expressions in the place of the default list; empty text excludes nothing. */
export function parseExcludes(text: string | undefined): RegExp[] {
  const patterns = text === undefined ? DEFAULT_EXCLUDES : text.split(',').filter((pattern) => pattern.trim() !== '');
  return patterns.map((pattern) => {
    try {
      return new RegExp(pattern.trim());
    } catch (cause) {
      throw new Error(`Cannot read EXCLUDE_INTERFACES: "${pattern}" is not a regular expression`, { cause });
    }
  });
}

export function isExcluded(name: string, excludes: readonly RegExp[]): boolean {
  return excludes.some((exclude) => exclude.test(name));
}

export function isUp({ flags }: LinkFacts): boolean {
  return (flags & IFF_UP) !== 0;
}

/** The first rule a link breaks; none for one that announces. */
export function findIfaceProblem(link: LinkFacts, excludes: readonly RegExp[]): IfaceProblem | undefined {
  if (isExcluded(link.name, excludes)) return 'Excluded';
  if (link.type !== ARPHRD_ETHER || (link.flags & IFF_LOOPBACK) !== 0) return 'NotEthernet';
  if (!link.mac?.some((octet) => octet !== 0)) return 'NoMac';
  if (!isUp(link)) return 'Down';
  if (!link.carrier) return 'NoCarrier';
  if ((link.flags & IFF_NOARP) !== 0) return 'NoArp';
  if ((link.flags & IFF_BROADCAST) === 0) return 'NotBroadcast';
  // A member of a VRF keeps its own segment; a bridge port or bond slave does not.
  return link.master === undefined || link.master === 'vrf' ? undefined : 'Enslaved';
}

/** The interfaces that announce, by index. */
export function selectIfaces(links: readonly LinkFacts[], excludes: readonly RegExp[]): Iface[] {
  return links
    .filter((link) => findIfaceProblem(link, excludes) === undefined)
    .map(({ index, name, mac }) => ({ index, name, mac: mac ?? new Uint8Array(6) }))
    .sort((a, b) => a.index - b.index);
}

export function isSameIface(a: Iface, b: Iface): boolean {
  return a.index === b.index && a.name === b.name && a.mac.every((octet, i) => octet === b.mac[i]);
}
