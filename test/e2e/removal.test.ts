// `kubectl delete -k manifests` leaves nothing of Arpeggio behind, and Services keep their addresses (docs/removal.md).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil, tryUntil } from '#test/lab/wait.ts';
import { type AnyObject, tracesOf } from '#test/manifests/traces.ts';
import {
  addressOf,
  announcersOf,
  apply,
  configMapManifest,
  jsonPath,
  serviceManifest,
  untilAddress,
  untilAnswer,
} from './cluster.ts';

const [FOUR, SIX] = ['192.168.1.240', 'fd00:1::f0'];
const FOURS = 'address-pools:\n- name: four\n  protocol: layer2\n  addresses: [192.168.1.240/30]\n';
const METALLB = 'metallb.io/v1beta1';
const OURS = { namespace: 'metallb-system', name: 'six' };
const SIXES = {
  ...{ apiVersion: 'v1', kind: 'List' },
  items: [
    { apiVersion: METALLB, kind: 'IPAddressPool', metadata: OURS, spec: { addresses: ['fd00:1::f0/124'] } },
    { apiVersion: METALLB, kind: 'L2Advertisement', metadata: OURS, spec: { ipAddressPools: ['six'] } },
  ],
};
const SERVICE = JSON.parse(serviceManifest({ name: 'six' })) as { spec: object };
const IN_SIX = { ...SERVICE, spec: { ...SERVICE.spec, ipFamilies: ['IPv6'] } };
/** What no manifest names: the programs made it. */
const MADE_AT_RUN_TIME = [
  'Lease metallb-system/arpeggio-controller',
  'Secret metallb-system/arpeggio-heartbeat',
  'Secret metallb-system/arpeggio-webhook-certs',
  'ValidatingWebhookConfiguration arpeggio',
];
/** Links, their addresses and multicast groups, filter tables, traffic classes, pinned BPF objects. */
const FOOTPRINT =
  'ip -o link show; ip -o address show; ip -o maddress show; nft list tables; tc qdisc show; ls -A /sys/fs/bpf';
const PATIENCE = { every: 200, within: 30_000 };
const lab = openLab('removal');
let untouched: string[] = [];
let saved: string[] = [];

function footprints(): Promise<string[]> {
  return Promise.all(lab.nodes().map(async ({ name }) => (await lab.exec(name, ['sh', '-c', FOOTPRINT])).stdout));
}

/** Of every kind the API server lists; undefined while what it serves is changing. */
async function traces(): Promise<string[] | undefined> {
  const kinds = (await lab.mustKubectl(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n');
  const { code, stdout } = await lab.kubectl(['get', kinds.join(), '-A', '-o', 'json']);
  return code === 0 ? tracesOf((JSON.parse(stdout) as { items: AnyObject[] }).items) : undefined;
}

async function answersPing(address: string): Promise<boolean> {
  return (await lab.exec('client', ['ping', '-c', '1', '-W', '1', address])).code === 0;
}

/** As docs/removal.md advises. */
function save(): Promise<string[]> {
  const kinds = [['ipaddresspools,l2advertisements'], ['configmap', 'config']];
  return Promise.all(kinds.map((kind) => lab.mustKubectl(['get', '-n', 'metallb-system', ...kind, '-o', 'yaml'])));
}

const held = () => Promise.all([addressOf(lab, 'web'), addressOf(lab, 'six')]);

describe('removal', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, isBare: true });
    await lab.backend('web');
    untouched = await footprints();
    await lab.up({ overlay: 'ebpf' });
    await apply(lab, configMapManifest(FOURS));
    await apply(lab, JSON.stringify(SIXES));
    await apply(lab, serviceManifest({ name: 'web' }));
    await apply(lab, JSON.stringify(IN_SIX));
  });
  after(() => lab.down());

  test('installed, it shows in the cluster and answers on the wire', async () => {
    assert.deepEqual([await untilAddress(lab, 'web'), await untilAddress(lab, 'six')], [FOUR, SIX]);
    for (const address of [FOUR, SIX]) await pollUntil(`a ping of ${address}`, () => answersPing(address), PATIENCE);
    for (const service of ['web', 'six']) {
      await pollUntil(`ServiceL2Status of ${service}`, () => announcersOf(lab, service), PATIENCE);
    }
    const seen = await pollUntil('all kinds to be listed', traces, PATIENCE);
    for (const wanted of MADE_AT_RUN_TIME) assert.ok(seen.includes(wanted), wanted);
  });

  test('deleted, nothing of it is in the cluster or on a node, and Services keep their addresses', async () => {
    saved = await save();
    await lab.mustKubectl(['delete', '-k', join(checkout, 'manifests'), '--timeout=60s']);
    await tryUntil(async () => (await traces())?.length === 0, PATIENCE);
    assert.deepEqual(await traces(), []);
    assert.deepEqual(await held(), [FOUR, SIX]);
    const condition = '{.status.conditions[?(@.type=="arpeggio.dev/Allocated")].status}';
    assert.equal(await jsonPath(lab, ['service', 'web'], condition), 'True');
    for (const address of [FOUR, SIX]) assert.equal(await answersPing(address), false);
    await tryUntil(async () => isDeepStrictEqual(await footprints(), untouched), PATIENCE);
    assert.deepEqual(await footprints(), untouched);
  });

  test('installed again with the saved pools, it serves the Services at the addresses they kept', async () => {
    await lab.up();
    for (const manifest of saved) await apply(lab, manifest);
    assert.match(await untilAnswer(lab, FOUR), /^node[12]$/);
    assert.match(await untilAnswer(lab, `[${SIX}]`), /^node[12]$/);
    assert.deepEqual(await held(), [FOUR, SIX]);
  });
});
