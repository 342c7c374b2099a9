// manifests/dual-cluster end to end: one class of Services is ours, all others are not; and what every overlay promises of
// webhook and controller: Pod Security, evictions, drains.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { underReviews } from '#test/chaos/reviews.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import {
  addressOf,
  announcersOf,
  apply,
  configMapManifest,
  jsonPath,
  ownerOf,
  refusalOf,
  serviceManifest,
  untilAddress,
  untilAnswer,
} from './cluster.ts';

const POOL = 'address-pools:\n- name: a\n  protocol: layer2\n  addresses: [192.168.1.240/30]\n';
const [FIRST, THEIRS, NEXT] = ['192.168.1.240', '192.168.1.241', '192.168.1.242'];
const OURS = { loadBalancerClass: 'arpeggio.dev/l2' };
const NAMESPACE = ['-n', 'metallb-system'];
const PATIENCE = { every: 50, within: 20_000 };
const RESTRICTED = ['namespace', 'metallb-system', 'pod-security.kubernetes.io/enforce=restricted', '--overwrite'];
const lab = openLab('manifests');

const eventsOf = (service: string, path: string) =>
  jsonPath(lab, ['events', '--field-selector', `involvedObject.name=${service}`], `{.items[*]${path}}`);

async function podsOf(program: string): Promise<string[]> {
  const ours = [...NAMESPACE, 'pods', '-l', `app.kubernetes.io/component=${program}`];
  return (await jsonPath(lab, ours, '{.items[*].metadata.name}')).split(' ');
}

/** As `kubectl drain` asks for it; what the API server says to it. */
async function evict(pod: string): Promise<string> {
  const [namespace, name] = ['metallb-system', pod];
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
  const { code, stderr } = await lab.kubectl(['create', '--raw', path, '-f', '-'], { stdin: JSON.stringify(eviction) });
  return code === 0 ? 'evicted' : stderr;
}

const rolledOut = (program: string) =>
  lab.mustKubectl([...NAMESPACE, 'rollout', 'status', `deployment/${program}`, '--timeout=60s']);

describe('the manifests', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, isBare: true });
    await lab.mustKubectl(['apply', '-f', join(checkout, 'manifests/base/namespace.yaml')]);
  });
  after(() => lab.down());

  test('they install beside Services whose names would become settings of the programs', async () => {
    for (const name of ['metrics', 'heartbeat']) {
      await lab.mustKubectl([...NAMESPACE, 'create', 'service', 'clusterip', name, '--tcp=80']);
    }
    await lab.up({ overlay: 'dual-cluster' });
    await apply(lab, configMapManifest(POOL));
    await lab.backend('web');
  });

  test('a Service of the class is judged, and gets an address that answers', async () => {
    assert.match(await refusalOf(lab, serviceManifest({ name: 'wrong', ...OURS, loadBalancerIP: 'x' })), /is invalid/);
    await apply(lab, serviceManifest({ name: 'web', ...OURS }));
    assert.equal(await untilAddress(lab, 'web'), FIRST);
    assert.match(await untilAnswer(lab, FIRST), /^node[12]$/);
  });

  test('a Service without a class is left alone, whatever it asks for, and so is the address that its status shows', async () => {
    await apply(lab, serviceManifest({ name: 'theirs', loadBalancerIP: 'x' }));
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: THEIRS }] } } });
    await lab.mustKubectl(['patch', 'service', 'theirs', '--subresource=status', '--type=merge', '-p', status]);
    const asked = serviceManifest({ name: 'asks', ...OURS, loadBalancerIP: THEIRS });
    assert.match(await refusalOf(lab, asked), /192\.168\.1\.241 is already used by default\/theirs/);
    await apply(lab, serviceManifest({ name: 'next', ...OURS }));
    assert.equal(await untilAddress(lab, 'next'), NEXT);

    // By now all programs have seen both, and told what there was to tell.
    await pollUntil('the Event of the next', () => eventsOf('next', '.reason'), PATIENCE);
    await pollUntil('a node to announce the next', () => announcersOf(lab, 'next'), PATIENCE);
    assert.equal(await addressOf(lab, 'theirs'), THEIRS);
    assert.equal(await jsonPath(lab, ['service', 'theirs'], '{.status.conditions}{.metadata.finalizers}'), '');
    assert.equal(await eventsOf('theirs', '.message'), '');
    assert.equal(await announcersOf(lab, 'theirs'), '');
    assert.equal(await ownerOf(lab, THEIRS), undefined);
  });

  test('webhook and controller are what Pod Security calls restricted', async () => {
    const { code, stderr } = await lab.kubectl(['label', '--dry-run=server', ...RESTRICTED]);
    assert.equal(code, 0, stderr);
    const named = Array.from(
      stderr.matchAll(/^Warning: (\w+)-\S+ (?:\(and \d+ other pods?\))?:/gm),
      ([, name]) => name,
    );
    assert.deepEqual(named, ['speaker'], stderr);
  });

  for (const program of ['webhook', 'controller']) {
    test(`one Pod of the ${program} may be evicted, and the other one only when there is a third`, async () => {
      const [first = '', second = ''] = await podsOf(program);
      assert.equal(await evict(first), 'evicted');
      assert.match(await evict(second), /\(TooManyRequests\): .*disruption budget/);
      await rolledOut(program);
      await pollUntil('leave to evict the other', async () => (await evict(second)) === 'evicted', PATIENCE);
      await rolledOut(program);
    });
  }

  test('a drain of the node that has both Pods of the webhook fails no review', async () => {
    await lab.mustKubectl(['cordon', 'node2']);
    await lab.mustKubectl([...NAMESPACE, 'rollout', 'restart', 'deployment/webhook']);
    await rolledOut('webhook');
    await lab.mustKubectl(['uncordon', 'node2']);
    const drain = ['drain', 'node1', '--ignore-daemonsets', '--pod-selector=app.kubernetes.io/component=webhook'];
    const { reviews, failures } = await underReviews(lab, async () => {
      await lab.mustKubectl([...drain, '--timeout=60s']);
      await rolledOut('webhook');
    });
    assert.ok(reviews > 100);
    assert.deepEqual(failures, []);
    const nodes = [...NAMESPACE, 'pods', '-l', 'app.kubernetes.io/component=webhook'];
    assert.equal(await jsonPath(lab, nodes, '{.items[*].spec.nodeName}'), 'node2 node2');
  });
});
