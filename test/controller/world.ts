// Worlds for allocator tests, and how their decisions are told in one line each.
import assert from 'node:assert/strict';
import { allocate, type Decision } from '#controller/allocate.ts';
import { type Config, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject } from '#core/custom-resources.ts';
import { formatIp, parseIp } from '#core/ip.ts';
import type { Service } from '#core/service.ts';

export const KEY = 'metallb.universe.tf/allow-shared-ip';

type PoolShape = NonNullable<IPAddressPoolObject['spec']>;

export function configOf(pools: { readonly [name: string]: PoolShape }): Config {
  const objects = Object.entries(pools).map(([name, spec]) => ({ metadata: { name }, spec }));
  const { config, problems } = parseConfig({ pools: objects, advertisements: [] });
  assert.deepEqual(problems, []);
  return config;
}

export function decide(config: Config, services: Service[], nodes: string[] = []): Decision[] {
  const nodeIps = nodes.map(parseIp).filter((ip) => ip !== undefined);
  return allocate({ config, services, namespaces: new Map(), nodeIps, conflicts: [], others: [] });
}

/** `name: addresses reason`, sorted by name. */
export function summary(decisions: Decision[]): string[] {
  return decisions
    .map(({ service: { name }, ips, reason }) => `${name}: ${ips.map(formatIp).join(' ') || '-'} ${reason}`)
    .sort();
}
