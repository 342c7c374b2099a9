// The API server's own record of what Arpeggio's ServiceAccounts asked of it (`lab up --audit`).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ourNamespace } from './arpeggio.ts';
import { filesOf, type LabRecord } from './state.ts';

/** The part of an audit.k8s.io/v1 Event that says who asked for what and how it ended. */
export type AuditEvent = {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  /** Absent where no object was asked for: discovery. */
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
};

const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', userGroups: [`system:serviceaccounts:${ourNamespace}`] }, { level: 'None' }],
};

/** Flags of kube-apiserver; none in a lab that keeps no record. */
export function auditFlags({ name, audit }: LabRecord): string[] {
  if (!audit) return [];
  const { audit: log, auditPolicy } = filesOf(name);
  writeFileSync(auditPolicy, JSON.stringify(policy));
  return ['--audit-policy-file', auditPolicy, '--audit-log-path', log];
}

export function readAudit(name: string): AuditEvent[] {
  const { audit } = filesOf(name);
  if (!existsSync(audit)) return [];
  // What follows the last line end is still being written.
  const lines = readFileSync(audit, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}
