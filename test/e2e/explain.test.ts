// Fourteen set-ups that are broken in one way each, in one real cluster without a webhook, and the cause that `explain` names.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Explanation } from '#cli/explain.ts';
import { openLab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { addressOf, announcersOf, apply, jsonPath, serviceManifest, untilAddress } from './cluster.ts';
import { arpeggio } from './plugin.ts';

const PATIENCE = { every: 200, within: 20_000 };
const KEY = { 'metallb.io/allow-shared-ip': 'k' };
const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';
const STRANGER = '192.168.1.249';
const lab = openLab('explain');

type Spec = { readonly [field: string]: unknown };

function ours(kind: string, name: string, spec: Spec): object {
  return { apiVersion: 'metallb.io/v1beta1', kind, metadata: { namespace: 'metallb-system', name }, spec };
}

/** Only Services that name it draw from it. */
function pool(name: string, address: string, spec: Spec = {}): object {
  return ours('IPAddressPool', name, { addresses: [`${address}/32`], autoAssign: false, ...spec });
}

type Wish = { readonly pool?: string; readonly ip?: string; readonly spec?: Spec; readonly shared?: boolean };

function service(name: string, { pool: from, ip, spec = {}, shared = false }: Wish): object {
  const annotations = { ...(shared ? KEY : {}), ...(from === undefined ? {} : { 'metallb.io/address-pool': from }) };
  const wish = { name, annotations, ...(ip === undefined ? {} : { loadBalancerIP: ip }) };
  const manifest = JSON.parse(serviceManifest(wish)) as { spec: Spec };
  return { ...manifest, spec: { ...manifest.spec, ...spec } };
}

const NO_PODS = { selector: { app: 'nobody' } };

const POOLS = [
  ours('IPAddressPool', 'lan', { addresses: ['192.168.1.240-192.168.1.249'] }),
  pool('silent', '192.168.1.230'),
  pool('odd', '192.168.1.231'),
  pool('full', '192.168.1.232'),
  pool('shop', '192.168.1.233', { serviceAllocation: { namespaces: ['shop'] } }),
  pool('right', '192.168.1.234'),
  ours('L2Advertisement', 'lan', { ipAddressPools: ['lan', 'full'] }),
  ours('L2Advertisement', 'odd', { ipAddressPools: ['odd'], interfaces: ['eth9'] }),
  ours('L2Advertisement', 'right', {
    ipAddressPools: ['right'],
    nodeSelectors: [{ matchLabels: { side: 'right' } }],
  }),
];

const SERVICES = [
  service('good', { ip: '192.168.1.240', shared: true }),
  service('full', { pool: 'full' }),
  service('wrong-pool', { pool: 'nowhere' }),
  service('no-endpoints', { spec: NO_PODS }),
  service('no-local-endpoints', { spec: { ...NO_PODS, externalTrafficPolicy: 'Local' } }),
  service('excluded', { pool: 'right' }),
  service('unadvertised', { pool: 'silent' }),
  service('no-interface', { pool: 'odd' }),
  service('claimed', { ip: STRANGER }),
  service('other-class', { spec: { loadBalancerClass: 'example.com/other' } }),
  service('closed', { pool: 'shop' }),
];

const LATER = [service('clash', { ip: '192.168.1.240', shared: true }), service('exhausted', { pool: 'full' })];

const CAUSES: [string, string, RegExp][] = [
  ['a wrong pool name', 'wrong-pool', /^PoolUnknown: unknown pool "nowhere"/],
  ['a port that clashes', 'clash', /^PortInUse: TCP\/80 on 192\.168\.1\.240 is already used by default\/good/],
  [
    'no endpoints',
    'no-endpoints',
    /^noEndpoints: 192\.168\.1\.\d+: nobody announces it while no Pod matches app=nobody$/,
  ],
  ['no endpoints, with policy Local', 'no-local-endpoints', /^noEndpoints: .* \(externalTrafficPolicy is Local\)$/],
  ['an excluded node', 'excluded', new RegExp(`^noMatchingAdvertisement: .*node2 \\(label ${EXCLUDE}\\)`)],
  ['no advertisement', 'unadvertised', /^notAdvertised: 192\.168\.1\.230: no L2Advertisement selects pool "silent"$/],
  ['a missing interface', 'no-interface', /^noInterface: 192\.168\.1\.231: no node has a suitable interface "eth9"/],
  [
    'a foreign claim',
    'claimed',
    /^addressConflict: 192\.168\.1\.249: a stranger \(.*\) uses it too.*: it is not announced$/,
  ],
  ['an exhausted pool', 'exhausted', /^PoolExhausted: no free address is left in pool "full"$/],
  ['another class', 'other-class', /^ClassMismatch: spec\.loadBalancerClass is "example\.com\/other", wanted none/],
  ['a closed namespace', 'closed', /^PoolNotAllowed: pool "shop" is closed to this Service/],
];

/** As kubeadm writes it, without what does not matter here. */
function kubeProxy(strictARP: boolean): string {
  const configuration = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  acceptContentTypes: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16
detectLocalMode: ""
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: ${strictARP}
  syncPeriod: 0s
  tcpTimeout: 0s
kind: KubeProxyConfiguration
mode: ipvs
`;
  const metadata = { namespace: 'kube-system', name: 'kube-proxy', labels: { app: 'kube-proxy' } };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'config.conf': configuration } });
}

async function explain(name: string): Promise<{ code: number; lines: string[] }> {
  const { code, stdout, stderr } = await arpeggio(lab, ['explain', name, '-o', 'json']);
  assert.equal(stderr, '');
  const { findings } = JSON.parse(stdout) as Explanation;
  return { code, lines: findings.map(({ reason, message }) => `${reason}: ${message}`) };
}

describe('explain', { timeout: 120_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, without: ['webhook'] });
    await lab.mustKubectl(['label', 'node', 'node2', 'side=right', `${EXCLUDE}=`]);
    const { stdout } = await lab.exec('client', ['ip', '-o', '-4', 'address', 'show', 'scope', 'global']);
    const device = /^\d+: (\S+)/.exec(stdout)?.[1] ?? '';
    await lab.exec('client', ['ip', 'address', 'add', `${STRANGER}/24`, 'dev', device]);
    await lab.backend('web');
    await apply(lab, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...POOLS, ...SERVICES] }));
    await Promise.all([untilAddress(lab, 'good'), untilAddress(lab, 'full')]);
    await apply(lab, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: LATER }));
  });
  after(() => lab.down());

  for (const [what, name, wanted] of CAUSES) {
    test(`names ${what}`, async () => {
      const isNamed = async () => {
        const { code, lines } = await explain(name);
        return code === 1 && wanted.test(lines[0] ?? '');
      };
      await pollUntil(`the cause of ${name}`, isNamed, PATIENCE);
    });
  }

  test('of a good Service names the owner, and that the webhook is off', async () => {
    const says = async () => {
      const { code, lines } = await explain('good');
      return (
        code === 0 && lines.some((line) => line.startsWith('announce: 192.168.1.240: node1 announces it')) && lines
      );
    };
    const [first] = await pollUntil('the owner of good', says, PATIENCE);
    assert.match(first ?? '', /^WebhookNotRegistered: /);
  });

  test('decides as the controller did: its condition says the same', async () => {
    for (const name of ['wrong-pool', 'clash', 'exhausted', 'closed']) {
      const condition = '{.status.conditions[?(@.type=="arpeggio.dev/Allocated")]';
      const [reason, message] = await Promise.all([
        jsonPath(lab, ['service', name], `${condition}.reason}`),
        jsonPath(lab, ['service', name], `${condition}.message}`),
      ]);
      assert.equal((await explain(name)).lines[0], `${reason}: ${message}`);
      assert.equal(await addressOf(lab, name), '');
    }
  });

  test('names kube-proxy in IPVS mode, under which every node answers ARP, and not with strictARP', async () => {
    await apply(lab, kubeProxy(false));
    const { code, lines } = await explain('good');
    assert.equal(code, 1);
    assert.match(lines[0] ?? '', /^StrictArpOff: .*, wanted strictARP: true$/);
    await apply(lab, kubeProxy(true));
    const strict = await explain('good');
    assert.equal(strict.code, 0);
    assert.ok(!strict.lines.some((line) => line.startsWith('StrictArpOff')));
  });

  test('names the fence that keeps the one speaker left silent', async () => {
    const speakers = ['-n', 'metallb-system', 'daemonset/speaker'];
    await lab.mustKubectl(['label', 'node', 'node2', `${EXCLUDE}-`]);
    await lab.mustKubectl(['set', 'env', ...speakers, 'FENCING=majority']);
    await lab.mustKubectl(['rollout', 'status', ...speakers]);
    await pollUntil('the owner of good', async () => (await announcersOf(lab, 'good')) === 'node1', PATIENCE);
    await lab.killSpeaker('node1');
    const isNamed = async () => {
      const { code, lines } = await explain('good');
      return code === 1 && /^fenced: 192\.168\.1\.240: the speakers of node2 hear no majority/.test(lines[0] ?? '');
    };
    await pollUntil('the fence', isNamed, PATIENCE);
  });

  test('ends with 2 for a Service that is not there, and when the API server is down', async () => {
    const missing = await arpeggio(lab, ['explain', 'nobody']);
    assert.deepEqual(
      [missing.code, missing.stderr],
      [2, 'Cannot explain Service "default/nobody": there is none of this name\n'],
    );
    await lab.apiDown();
    const { code, stderr } = await arpeggio(lab, ['explain', 'good']);
    assert.equal(code, 2);
    assert.match(stderr, /^Cannot reach the API server: .*ECONNREFUSED/);
    await lab.apiUp();
  });
});
