// The ConfigMap of MetalLB v0.8 to v0.12: rule by rule (design 2.1; BGP per reference 1.3, 1.6, 1.8).
import { configMap, OLD_CONFIG } from './cluster.ts';
import { applied, deleted, type Row } from './row.ts';

const text = (more: string) => configMap(OLD_CONFIG + more);
const pool = (fields: string) => text(`- ${fields}\n`);
const peer = (fields: string) => text(`peers:\n- {${fields}}\n`);
const bgpPool = (fields: string) =>
  text(`- {name: new, protocol: bgp, addresses: [10.9.0.0/24], bgp-advertisements: [${fields}]}\n`);
const SOUND = 'my-asn: 64500, peer-asn: 64501, peer-address: 10.0.0.1';

export const CONFIG_MAP_ROWS: readonly Row[] = [
  applied('YAML', configMap('address-pools: [\n'), {
    denied: [
      'data.config:2:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  }),
  applied('known keys', configMap(OLD_CONFIG.replace('addresses', 'adresses')), {
    denied: ['data.config:4:3: unknown key "adresses" in address-pools[0], did you mean "addresses"'],
  }),
  applied('each key once', pool('{name: new, name: newer, protocol: layer2, addresses: [10.9.0.0/24]}'), {
    denied: ['data.config:5:15: duplicate key, wanted each key once'],
  }),
  applied('the right types', pool('{name: new, protocol: layer2, addresses: 10.9.0.0/24}'), {
    denied: ['data.config:5:44: address-pools[1].addresses is "10.9.0.0/24", wanted array'],
  }),
  applied('a pool has a name, a protocol and addresses', pool('{auto-assign: true}'), {
    denied: [
      'address-pools[1].addresses: pool has no addresses, wanted at least one range',
      'address-pools[1].name: missing pool name',
      'address-pools[1].protocol: address pool is missing the protocol field, wanted "layer2"',
    ],
  }),
  applied('each pool once', pool('{name: old, protocol: layer2, addresses: [10.9.0.0/24]}'), {
    denied: ['address-pools[1].name: duplicate definition of pool "old"'],
  }),
  applied('a known protocol', pool('{name: new, protocol: layer3, addresses: [10.9.0.0/24]}'), {
    denied: ['address-pools[1].protocol: unknown protocol "layer3", wanted "layer2"'],
  }),
  applied('no BGP yet', pool('{name: new, protocol: bgp, addresses: [10.9.0.0/24]}'), {
    denied: ['address-pools[1].protocol: "bgp" is not supported yet, wanted "layer2"'],
  }),
  applied(
    'no bgp-advertisements in a layer2 pool',
    pool('{name: new, protocol: layer2, addresses: [10.9.0.0/24], bgp-advertisements: [{localpref: 1}]}'),
    { denied: ['address-pools[1].bgp-advertisements: cannot stand in a layer2 pool, wanted none'] },
  ),
  applied(
    'no overlap with an IPAddressPool',
    pool('{name: new, protocol: layer2, addresses: [192.168.1.249-192.168.1.251]}'),
    {
      denied: [
        'address-pools[1].addresses[0]: 192.168.1.249 is already in pool "open" (spec.addresses[0])',
        'address-pools[1].addresses[0]: 192.168.1.250 is already in pool "front" (spec.addresses[0])',
      ],
    },
  ),
  applied(
    'aggregation lengths',
    bgpPool('{aggregation-length: 33}, {aggregation-length: 20, aggregation-length-v6: 129}'),
    {
      denied: [
        'address-pools[1].bgp-advertisements[0].aggregation-length: is 33, wanted 0 to 32',
        'address-pools[1].bgp-advertisements[1].aggregation-length: is 20, which is less specific than address-pools[1].addresses[0], wanted at least 24',
        'address-pools[1].bgp-advertisements[1].aggregation-length-v6: is 129, wanted 0 to 128',
        'address-pools[1].protocol: "bgp" is not supported yet, wanted "layer2"',
      ],
    },
  ),
  applied('communities', bgpPool('{communities: [no-export, "1:2", "70000:1"]}'), {
    denied: [
      'address-pools[1].bgp-advertisements[0].communities[0]: unknown community "no-export"',
      'address-pools[1].bgp-advertisements[0].communities[2]: "70000:1" is not a community, wanted two numbers up to 65535 with a colon between',
      'address-pools[1].protocol: "bgp" is not supported yet, wanted "layer2"',
    ],
  }),
  applied('named communities', text('bgp-communities: {vpn: "1:2:3"}\n'), {
    denied: ['bgp-communities.vpn: "1:2:3" is not a community, wanted two numbers up to 65535 with a colon between'],
    warned: ['bgp-communities: is ignored: BGP is not supported yet'],
  }),
  applied('a peer has numbers and an address', peer('peer-address: nowhere'), {
    denied: [
      'peers[0].my-asn: missing local ASN',
      'peers[0].peer-address: invalid peer IP "nowhere"',
      'peers[0].peer-asn: missing peer ASN',
    ],
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied('hold and keepalive times', peer(`${SOUND}, hold-time: 2s, keepalive-time: soon`), {
    denied: [
      'peers[0].hold-time: is "2s", wanted 0 or at least 3s',
      'peers[0].keepalive-time: "soon" is not a duration, wanted one like "90s"',
    ],
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied('a keepalive time within the hold time', peer(`${SOUND}, hold-time: 9s, keepalive-time: 10s`), {
    denied: ['peers[0].keepalive-time: is "10s", wanted at most the hold time "9s"'],
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied('router ID and source address', peer(`${SOUND}, router-id: r1, source-address: eth0`), {
    denied: ['peers[0].router-id: invalid router ID "r1"', 'peers[0].source-address: invalid source IP "eth0"'],
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied(
    'selectors of peers',
    peer(`${SOUND}, node-selectors: [{match-expressions: [{key: rack, operator: Is, values: [a]}]}]`),
    {
      denied: [
        'peers[0].node-selectors[0].match-expressions[0].operator: "Is" is unknown, wanted one of In, NotIn, Exists, DoesNotExist',
      ],
      warned: ['peers: is ignored: BGP is not supported yet'],
    },
  ),
  applied('BFD profiles that exist', peer(`${SOUND}, bfd-profile: fast`), {
    denied: ['peers[0].bfd-profile: unknown profile "fast"'],
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied(
    'the bounds of BFD profiles',
    text('bfd-profiles:\n- {name: fast, receive-interval: 5, detect-multiplier: 1}\n'),
    {
      denied: [
        'bfd-profiles[0].detect-multiplier: is 1, wanted 2 to 255',
        'bfd-profiles[0].receive-interval: is 5, wanted 10 to 60000',
      ],
      warned: ['bfd-profiles: is ignored: BGP is not supported yet'],
    },
  ),
  applied(
    'multihop to another ASN only',
    peer('my-asn: 64500, peer-asn: 64500, peer-address: 10.0.0.1, ebgp-multihop: true'),
    {
      denied: ['peers[0].ebgp-multihop: stands on a peer of the same ASN 64500, wanted another ASN'],
      warned: ['peers: is ignored: BGP is not supported yet'],
    },
  ),
  applied('each peer once', text(`peers:\n- {${SOUND}}\n- {${SOUND}}\n`), {
    denied: ['peers[1]: repeats peers[0]'],
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied(
    'peers of different Nodes are different',
    text(
      `peers:\n- {${SOUND}, node-selectors: [{match-labels: {rack: a}}]}\n- {${SOUND}, node-selectors: [{match-labels: {rack: b}}]}\n`,
    ),
    { warned: ['peers: is ignored: BGP is not supported yet'] },
  ),
  applied(
    'each peer once, in whatever order its fields stand',
    text(
      `peers:\n- {${SOUND}, node-selectors: [{match-labels: {rack: a, row: b}}]}\n- {node-selectors: [{match-labels: {row: b, rack: a}}], ${SOUND}}\n`,
    ),
    { denied: ['peers[1]: repeats peers[0]'], warned: ['peers: is ignored: BGP is not supported yet'] },
  ),
  applied('sound BGP settings beside layer2 pools', peer(SOUND), {
    warned: ['peers: is ignored: BGP is not supported yet'],
  }),
  applied('pools in use stay', configMap('address-pools: []\n'), {
    denied: [
      'data.config: pool "old" still serves default/old (192.168.1.220); give these Services other addresses first, or set annotation arpeggio.dev/allow-release: "true" to take them away',
    ],
  }),
  deleted('a ConfigMap in use stays', configMap(OLD_CONFIG), {
    denied: [
      'pool "old" still serves default/old (192.168.1.220); give these Services other addresses first, or set annotation arpeggio.dev/allow-release: "true" to take them away',
    ],
  }),
];
