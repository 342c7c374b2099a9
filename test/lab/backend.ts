// HTTP backends for Services: one bare Pod per chosen node that answers with its node's name.
import type { KubectlRun } from './kubectl.ts';
import { backendImage } from './kubelet/image.ts';
import type { Place } from './place.ts';

export type Backend = { readonly name: string; readonly namespace: string; readonly nodes: readonly Place[] };

export async function makeBackend(kubectl: KubectlRun, backend: Backend, say: (line: string) => void): Promise<void> {
  const { name, namespace, nodes } = backend;
  await haveAccount(kubectl, namespace);
  const list = { apiVersion: 'v1', kind: 'List', items: nodes.map((node) => backendPod(backend, node)) };
  const applied = await kubectl.must(['apply', '-f', '-'], JSON.stringify(list));
  for (const line of applied.trim().split('\n')) say(line);
  await removeOthers(kubectl, backend, say);
  await kubectl.must(['wait', '--for=condition=Ready', 'pod', '-n', namespace, '-l', `app=${name}`, '--timeout=30s']);
  say(`backend "${name}": ready on ${nodes.map((node) => node.name).join(', ')}`);
}

/** Pods are refused until the controller-manager has made the namespace's account. */
async function haveAccount(kubectl: KubectlRun, namespace: string): Promise<void> {
  const account = ['serviceaccount', 'default', '-n', namespace];
  if ((await kubectl.try(['get', ...account])).code === 0) return;
  if ((await kubectl.try(['get', 'namespace', namespace])).code !== 0) {
    await kubectl.must(['create', 'namespace', namespace]);
  }
  await kubectl.must(['wait', '--for=create', ...account, '--timeout=20s']);
}

async function removeOthers(kubectl: KubectlRun, backend: Backend, say: (line: string) => void): Promise<void> {
  const { name, namespace, nodes } = backend;
  const wanted = new Set(nodes.map((node) => podName(name, node)));
  const found = await kubectl.must(['get', 'pod', '-n', namespace, '-l', `app=${name}`, '-o', 'name']);
  const extra = found.split('\n').filter((line) => line && !wanted.has(line.replace('pod/', '')));
  if (extra.length === 0) return;
  const removed = await kubectl.must(['delete', '-n', namespace, ...extra]);
  for (const line of removed.trim().split('\n')) say(line);
}

function podName(name: string, node: Place): string {
  return `${name}-${node.name}`;
}

function backendPod({ name, namespace }: Backend, node: Place) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(name, node), namespace, labels: { app: name } },
    spec: {
      nodeName: node.name,
      terminationGracePeriodSeconds: 2,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'backend',
          image: backendImage,
          env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
          securityContext: {
            runAsUser: 65_532,
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}
