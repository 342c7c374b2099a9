// What manifests/base promises of its Pods (docs/security.md); test/e2e/manifests.test.ts asks a cluster.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBase, selects, type Workload } from './base.ts';

const { workloads, policies, budgets } = readBase();
const deployments = workloads.filter(({ kind }) => kind === 'Deployment');
const nameOf = ({ metadata: { name } }: Workload) => name;

test('webhook and controller are two that stay apart, the speaker is on every node', () => {
  assert.deepEqual(workloads.map(({ kind, metadata, spec }) => [kind, metadata.name, spec.replicas]).sort(), [
    ['DaemonSet', 'speaker', undefined],
    ['Deployment', 'controller', 2],
    ['Deployment', 'webhook', 2],
  ]);
  for (const one of deployments) assert.ok(one.spec.template.spec.affinity?.podAntiAffinity, nameOf(one));
});

for (const workload of workloads) {
  const { spec } = workload.spec.template;
  const [container] = spec.containers;

  test(`${nameOf(workload)} has an account, a priority and probes, and cannot write, gain rights or be set by Services`, () => {
    assert.equal(spec.serviceAccountName, nameOf(workload));
    assert.match(spec.priorityClassName, /^system-(cluster|node)-critical$/);
    assert.equal(spec.enableServiceLinks, false);
    for (const field of ['readinessProbe', 'livenessProbe', 'resources']) assert.ok(container[field], field);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.equal(container.securityContext.allowPrivilegeEscalation, false);
    assert.deepEqual(container.securityContext.capabilities?.drop, ['ALL']);
  });
}

test('only the speaker is user 0, with NET_RAW and no other capability', () => {
  const identities = workloads.map((workload) => {
    const { securityContext: pod, containers } = workload.spec.template.spec;
    const { capabilities, ...own } = containers[0].securityContext;
    return [nameOf(workload), { ...pod, ...own }.runAsUser, capabilities?.add, pod?.runAsNonRoot];
  });
  assert.deepEqual(identities.sort(), [
    ['controller', 65532, undefined, true],
    ['speaker', 0, ['NET_RAW'], undefined],
    ['webhook', 65532, undefined, true],
  ]);
});

for (const deployment of deployments) {
  test(`a policy lets in what ${nameOf(deployment)} listens on, from anywhere, and nothing else`, () => {
    const ours = policies.filter(({ spec }) => selects(spec.podSelector, deployment));
    assert.equal(ours.length, 1);
    const [{ spec } = assert.fail()] = ours;
    assert.deepEqual(spec.policyTypes, ['Ingress']);
    assert.ok(spec.ingress.every(({ from }) => from === undefined));
    const listens = deployment.spec.template.spec.containers[0].ports.map(({ name, protocol = 'TCP' }) => {
      return { protocol, port: name };
    });
    assert.deepEqual(
      spec.ingress.flatMap(({ ports }) => ports),
      listens,
    );
  });

  test(`a budget lets one Pod of ${nameOf(deployment)} be evicted, and not its last`, () => {
    const ours = budgets.filter(({ spec }) => selects(spec.selector, deployment));
    assert.deepEqual(
      ours.map(({ spec }) => spec.maxUnavailable),
      [1],
    );
  });
}

test('policies and budgets select no speaker: a policy would not hold on the host network, and a drain leaves it', () => {
  for (const workload of workloads.filter((one) => one.spec.template.spec.hostNetwork)) {
    const chosen = [...policies.map(({ spec }) => spec.podSelector), ...budgets.map(({ spec }) => spec.selector)];
    assert.ok(!chosen.some((selector) => selects(selector, workload)), nameOf(workload));
  }
});
