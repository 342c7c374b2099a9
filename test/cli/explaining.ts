// `explain` over a snapshot, and its findings a line each.
import assert from 'node:assert/strict';
import { type Evidence, explainService, NO_EVIDENCE } from '#cli/explain.ts';
import type { WireCluster } from '#cli/wire-cluster.ts';
import { snapshot } from './wire.ts';

export type Setup = { readonly changes: Partial<WireCluster>; readonly evidence?: Evidence };

export function explain({ changes, evidence = NO_EVIDENCE }: Setup) {
  const cluster = snapshot(changes);
  const service = cluster.services.find(({ name }) => name === 'web') ?? assert.fail('no Service "web"');
  return explainService(cluster, service, evidence);
}

export function linesOf(setup: Setup): string[] {
  return explain(setup).findings.map(({ level, reason, message }) => `${level}: ${reason}: ${message}`);
}
