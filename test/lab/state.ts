// Where a lab keeps its files, and the record that says a lab exists.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabFailure } from './failure.ts';
import { defaultName, type Layout } from './place.ts';

export const checkout = dirname(dirname(import.meta.dirname));
const stateRoot = join(checkout, '.lab');

export type LabRecord = Layout & {
  readonly name: string;
  readonly binaries: string;
  /** The folder into which umoci unpacked the image that Arpeggio's Pods run; without it they run the checkout. */
  readonly image?: string | undefined;
  /** The program that prints containerd's seccomp profile, where there is an image to run. */
  readonly seccompProfile?: string | undefined;
  /** Images that are no more than one program, by name, each with its file on this machine. */
  readonly programs?: Readonly<Record<string, string>> | undefined;
  /** The API server writes down what Arpeggio's accounts ask of it. */
  readonly audit?: boolean | undefined;
};

export type LabFiles = {
  readonly folder: string;
  readonly record: string;
  readonly kubeconfig: string;
  readonly kubectlCache: string;
  readonly logs: string;
  readonly pki: string;
  readonly etcd: string;
  readonly audit: string;
  readonly auditPolicy: string;
  readonly pods: string;
  readonly socket: string;
};

export function filesOf(name: string): LabFiles {
  const folder = join(stateRoot, name);
  return {
    folder,
    record: join(folder, 'lab.json'),
    kubeconfig: name === defaultName ? join(stateRoot, 'kubeconfig') : join(folder, 'kubeconfig'),
    kubectlCache: join(folder, 'kubectl-cache'),
    logs: join(folder, 'logs'),
    pki: join(folder, 'pki'),
    etcd: join(folder, 'etcd'),
    audit: join(folder, 'audit.jsonl'),
    auditPolicy: join(folder, 'audit-policy.json'),
    pods: join(folder, 'pods'),
    socket: join(folder, 'supervisor.sock'),
  };
}

export function stateRootFolder(): string {
  return stateRoot;
}

export function readRecord(name: string): LabRecord | undefined {
  const { record } = filesOf(name);
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as LabRecord) : undefined;
}

export function requireRecord(name: string): LabRecord {
  const record = readRecord(name);
  if (record) return record;
  throw new LabFailure(`Cannot reach lab "${name}": it is not up, start it with npm run lab -- up${nameFlag(name)}`);
}

export function writeRecord(record: LabRecord): void {
  const files = filesOf(record.name);
  for (const folder of [files.folder, files.logs, files.pki, files.etcd, files.pods]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(files.record, `${JSON.stringify(record)}\n`);
}

export function nameFlag(name: string): string {
  return name === defaultName ? '' : ` --name ${name}`;
}
