// What `status` prints for people: one table for each kind of thing, then what is wrong.
import type { Finding } from './finding.ts';
import type { NodeRow, PoolRow, ProgramRow, ServiceRow, Status } from './status.ts';
import { formatTable } from './table.ts';

export function formatStatus({ programs, pools, nodes, services, findings }: Status): string {
  const tables = [
    formatTable(['PROGRAM', 'READY', 'RESTARTS'], programs.map(programCells)),
    formatTable(['POOL', 'FROM', 'ADDRESSES', 'USED', 'FREE', 'ADVERTISED BY'], pools.map(poolCells)),
    formatTable(['NODE', 'SPEAKER', 'STATE', 'ANNOUNCES'], nodes.map(nodeCells)),
    formatTable(['SERVICE', 'ADDRESS', 'POOL', 'OWNER', 'REASON'], services.map(serviceCells)),
    formatFindings(findings),
  ];
  return tables.join('\n');
}

export function formatFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing is wrong\n';
  return findings.map(({ level, reason, message }) => `${level}: ${reason}: ${message}\n`).join('');
}

function programCells({ program, ready, pods, restarts }: ProgramRow): string[] {
  return [program, `${ready}/${pods}`, String(restarts)];
}

function poolCells({ pool, from, ranges, used, free, advertisements }: PoolRow): string[] {
  return [pool, from, ranges.join(', '), used, free, advertisements.join(', ')];
}

function nodeCells({ node, speaker, state, addresses }: NodeRow): string[] {
  return [node, speaker, state.join(', '), String(addresses)];
}

function serviceCells({ service, address, pool, owners, reason }: ServiceRow): string[] {
  return [service, address, pool, owners.join(', '), reason];
}
