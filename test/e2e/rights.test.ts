// The least rights, proved: in a life with everything in it no program is refused anything by the API server, and there is
// no right in the manifests that its ServiceAccount does not use.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { readAudit } from '#test/lab/audit.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { type ManifestObject, rightsOf, uncovered, unused } from '#test/manifests/rights.ts';
import {
  addressOf,
  announcersOf,
  apply,
  configMapManifest,
  isRegistered,
  jsonPath,
  refusalOf,
  saysStale,
  serviceManifest,
  untilAddress,
} from './cluster.ts';

const MANIFESTS = join(checkout, 'manifests');
const [FIRST, MOVED, STRANGERS, NEXT] = ['192.168.1.240', '192.168.1.245', '192.168.1.242', '192.168.1.243'];
const OURS = ['-n', 'metallb-system'];
const PATIENCE = { every: 200, within: 20_000 };
const KEY = 'metallb.io/allow-shared-ip';
/** What is left of a MetalLB. */
const REGISTRATION = {
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'metallb-webhook-configuration' },
  webhooks: [],
};
const lab = openLab('rights');

function sample(name: string): string {
  return readFileSync(join(MANIFESTS, 'samples', name), 'utf8');
}

async function patch(object: readonly string[], body: object): Promise<void> {
  await lab.mustKubectl(['patch', ...object, '--type=merge', '-p', JSON.stringify(body)]);
}

const untilAnnounced = (service: string, node: string) =>
  pollUntil(`${node} to tell of ${service}`, async () => (await announcersOf(lab, service)) === node, PATIENCE);
const leaseHolder = () => jsonPath(lab, [...OURS, 'lease', 'arpeggio-controller'], '{.spec.holderIdentity}');

describe('rights', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, isBare: true, audit: true });
    await lab.mustKubectl(['apply', '-f', join(MANIFESTS, 'base/namespace.yaml')]);
    await apply(lab, configMapManifest('address-pools: everything\n'));
    await lab.backend('metallb', { nodes: ['node1'], namespace: 'metallb-system' });
    await apply(lab, JSON.stringify({ apiVersion: 'admissionregistration.k8s.io/v1', ...REGISTRATION }));
    await lab.mustKubectl(['apply', '-k', MANIFESTS]);
  });
  after(() => lab.down());

  test('every program tells of a MetalLB that is there, and starts when it is gone', async () => {
    const told = [...OURS, 'events', '--field-selector', 'reason=BesideMetalLB'];
    const tellers = () => jsonPath(lab, told, '{.items[*].source.component}');
    for (const program of ['controller', 'speaker', 'webhook']) {
      await pollUntil(`${program} to tell`, async () => (await tellers()).includes(`arpeggio-${program}`), PATIENCE);
    }
    await lab.mustKubectl(['delete', ...OURS, 'pod/metallb-node1']);
    await lab.mustKubectl(['delete', 'validatingwebhookconfiguration/metallb-webhook-configuration']);
  });

  test('every program tells of a configuration that is wrong from the start, and works when it is mended', async () => {
    for (const program of ['webhook', 'controller', 'speaker']) {
      await pollUntil(`${program} to say it`, () => saysStale(lab, program), PATIENCE);
    }
    await apply(lab, sample('configmap.yaml'));
    await lab.up();
  });

  test('with pools in both forms Services are made, shared, refused, moved and deleted', async () => {
    await apply(lab, sample('crds.yaml'));
    await lab.backend('web', { nodes: ['node1'] });
    const annotations = { [KEY]: 'web' };
    await apply(lab, serviceManifest({ name: 'web', annotations }));
    assert.equal(await untilAddress(lab, 'web'), FIRST);
    await apply(lab, serviceManifest({ name: 'second', port: 81, loadBalancerIP: FIRST, annotations }));
    await untilAddress(lab, 'second');
    const clash = serviceManifest({ name: 'clash', loadBalancerIP: FIRST });
    assert.match(await refusalOf(lab, clash), /is already used by default\/web/);
    const lost = serviceManifest({ name: 'lost', annotations: { 'metallb.io/address-pool': 'none' } });
    assert.match(await refusalOf(lab, lost), /"none"/);

    await apply(lab, serviceManifest({ name: 'local' }));
    await patch(['service', 'local'], { spec: { externalTrafficPolicy: 'Local' } });
    await untilAnnounced('local', 'node1');
    await patch(['service', 'local'], { metadata: { annotations: { 'metallb.io/loadBalancerIPs': MOVED } } });
    const told = [...OURS, 'servicel2statuses', '-l', 'metallb.io/service-name=local'];
    const hasMoved = async () => (await jsonPath(lab, told, '{.items[*].metadata.annotations}')).includes(MOVED);
    await pollUntil('node1 to tell of the other address', hasMoved, PATIENCE);
    await lab.mustKubectl(['delete', 'service', 'local']);
    await pollUntil('nobody to tell of it', async () => (await announcersOf(lab, 'local')) === '', PATIENCE);
  });

  test('a stranger is reported, and the report goes when it has expired', async () => {
    const { stdout } = await lab.exec('client', ['ip', '-o', '-4', 'address', 'show', 'scope', 'global']);
    const device = /^\d+: (\S+)/.exec(stdout)?.[1] ?? '';
    await lab.exec('client', ['ip', 'address', 'add', `${STRANGERS}/24`, 'dev', device]);
    for (const name of ['third', 'fourth']) await apply(lab, serviceManifest({ name }));
    await pollUntil('the next address', async () => (await addressOf(lab, 'fourth')) === NEXT, PATIENCE);
    const conflicts = [...OURS, 'addressconflicts', '-o', 'name'];
    const [conflict = ''] = (await lab.mustKubectl(['get', ...conflicts])).split('\n');
    await patch([...OURS, conflict], { spec: { expires: '2001-01-01T00:00:00Z' } });
    await pollUntil('the report to go', async () => (await lab.mustKubectl(['get', ...conflicts])) === '', PATIENCE);
  });

  test('another controller holds the Lease, and a drained node hands over', async () => {
    const holder = await leaseHolder();
    await lab.restart('controller');
    await pollUntil('another holder', async () => ![holder, ''].includes(await leaseHolder()), PATIENCE);
    const owner = await pollUntil('an owner', () => announcersOf(lab, 'web'), PATIENCE);
    await lab.mustKubectl(['annotate', 'node', owner, 'arpeggio.dev/drain=true']);
    await untilAnnounced('web', owner === 'node1' ? 'node2' : 'node1');
    await lab.mustKubectl(['annotate', 'node', owner, 'arpeggio.dev/drain-']);
    await untilAnnounced('web', owner);
  });

  test('a broken certificate and a missing registration are mended', async () => {
    const secret = [...OURS, 'secret', 'arpeggio-webhook-certs'];
    await patch(secret, { data: { 'tls.crt': '' } });
    await pollUntil('a certificate', () => jsonPath(lab, secret, '{.data.tls\\.crt}'), PATIENCE);
    await lab.mustKubectl(['delete', 'validatingwebhookconfiguration', 'arpeggio']);
    await pollUntil('the registration', () => isRegistered(lab), PATIENCE);
  });

  test('nothing was refused, and no right of the manifests went unused', async () => {
    const manifests = parseAllDocuments(await lab.mustKubectl(['kustomize', MANIFESTS]));
    const rights = rightsOf(manifests.map((document) => document.toJS() as ManifestObject));
    const events = readAudit(lab.name);
    assert.deepEqual(uncovered(rights, events), []);
    assert.deepEqual(unused(rights, events), []);
  });
});
