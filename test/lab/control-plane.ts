// The control plane's real programs with their flags; they live in the namespace of `control`.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditFlags } from './audit.ts';
import { isPopulated, labCgroup, makeCgroup } from './cgroup.ts';
import { startDetached } from './command.ts';
import { cluster, controlName, controlPlace, internalOf, namespacePath } from './place.ts';
import { filesOf, type LabRecord } from './state.ts';

export const controlPrograms = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type ControlProgram = (typeof controlPrograms)[number];

export function tokenFile(name: string): string {
  return join(filesOf(name).pki, 'tokens.csv');
}

export function adminToken(name: string): string {
  return readFileSync(tokenFile(name), 'utf8').split(',')[0] ?? '';
}

export function authorityFile(name: string): string {
  return join(filesOf(name).pki, 'apiserver.crt');
}

/** Keys the programs need before they start; the API server makes its own certificate and CA. */
export function writeKeys(name: string): void {
  const { pki } = filesOf(name);
  if (existsSync(tokenFile(name))) return;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(pki, 'sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(pki, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(tokenFile(name), `${randomBytes(24).toString('hex')},admin,admin,system:masters\n`, { mode: 0o600 });
}

/** The admin's kubeconfig, which the control plane's own programs use too. */
export function writeKubeconfig(record: LabRecord): void {
  const { name } = record;
  const apiServer = `https://${apiAddress(record)}:6443`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: apiServer, 'certificate-authority': authorityFile(name) } }],
    users: [{ name: 'admin', user: { token: adminToken(name) } }],
    contexts: [{ name, context: { cluster: name, user: 'admin' } }],
    'current-context': name,
  };
  writeFileSync(filesOf(name).kubeconfig, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}

export function controlCgroup(name: string, program: string): string {
  return join(labCgroup(name), 'control', program);
}

function apiAddress(record: LabRecord): string {
  return internalOf(controlPlace(record)).ipv4;
}

/** Starts one program unless it runs. */
export function startControl(record: LabRecord, program: ControlProgram): void {
  const cgroup = makeCgroup(controlCgroup(record.name, program));
  if (isPopulated(cgroup)) return;
  startDetached({
    argv: [join(record.binaries, program), ...flagsOf(record)[program]],
    cgroup,
    namespace: namespacePath(record.name, controlName),
    log: join(filesOf(record.name).logs, `${program}.control.log`),
  });
}

function flagsOf(record: LabRecord): Record<ControlProgram, string[]> {
  const { name } = record;
  const { etcd, pki, kubeconfig } = filesOf(name);
  const [etcdUrl, peerUrl] = ['http://127.0.0.1:2379', 'http://127.0.0.1:2380'];
  return {
    etcd: [
      ...['--data-dir', etcd, '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl, '--listen-peer-urls', peerUrl],
    ],
    'kube-apiserver': [
      ...[
        '--etcd-servers',
        etcdUrl,
        '--advertise-address',
        apiAddress(record),
        '--secure-port',
        '6443',
        '--cert-dir',
        pki,
      ],
      ...['--token-auth-file', tokenFile(name), '--authorization-mode', 'Node,RBAC', '--allow-privileged'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', join(pki, 'sa.pub'), '--service-account-signing-key-file', join(pki, 'sa.key')],
      // No kube-proxy runs here: webhooks are reached at their Pods' addresses.
      ...['--service-cluster-ip-range', cluster.services, '--enable-aggregator-routing'],
      // Where the supervisor plays the kubelets' server.
      ...['--kubelet-preferred-address-types', 'ExternalDNS'],
      ...auditFlags(record),
    ],
    'kube-controller-manager': [
      ...['--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port', '0'],
      ...['--root-ca-file', authorityFile(name), '--allocate-node-cidrs', '--cluster-cidr', cluster.pods],
      ...['--service-cluster-ip-range', cluster.services],
      ...['--node-cidr-mask-size-ipv4', '24', '--node-cidr-mask-size-ipv6', '64'],
      ...['--kube-api-qps', '200', '--kube-api-burst', '400'],
    ],
    'kube-scheduler': [
      ...['--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port', '0'],
      ...['--kube-api-qps', '200', '--kube-api-burst', '400'],
    ],
  };
}
