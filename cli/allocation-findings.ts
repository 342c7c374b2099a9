// Why a Service has its addresses, or none: what the controller decides about the same world, in its own words. Pure.
import { allocate, type Decision } from '#controller/allocate.ts';
import { allocationWorld } from '#controller/world.ts';
import { formatIp, type Ip } from '#core/ip.ts';
import { CONDITION_ALLOCATED } from '#core/names.ts';
import { openPools } from '#core/rules/pool-choice.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Service } from '#core/service.ts';
import { holdersOf } from './announcing.ts';
import type { Finding } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

export function allocationFindings(snapshot: Snapshot, service: Service): Finding[] {
  // Which configuration was the last good one only the controller knows; its condition tells what came of it.
  if (snapshot.configuration.problems.length > 0) return conditionFindings(service);
  const decision = decisionFor(snapshot, service);
  if (!decision) return conditionFindings(service);
  const { satisfied, ips, reason, message } = decision;
  if (!satisfied) return [{ level: ips.length > 0 ? 'warning' : 'error', reason, message }];
  if (addressText(ips) === addressText(service.held))
    return [{ level: 'info', reason, message: [message, ...whyThese(snapshot, decision)].join(', ') }];
  const shown = service.held.length > 0 ? addressText(service.held) : 'no address';
  const late = `${message} is due, but the status still shows ${shown}: the controller has not written it`;
  return [{ level: service.held.length > 0 ? 'warning' : 'error', reason: 'NotWritten', message: late }];
}

function decisionFor(snapshot: Snapshot, service: Service): Decision | undefined {
  const { configuration, settings, now } = snapshot;
  const view = { ...snapshot, nodes: [...snapshot.nodes.values()] };
  const world = allocationWorld(view, { ...settings, config: configuration.config, now });
  return allocate(world).find((decision) => decision.service.key === service.key);
}

/** What the controller said last. */
function conditionFindings({ held, conditions }: Service): Finding[] {
  const condition = conditions.find(({ type }) => type === CONDITION_ALLOCATED);
  if (!condition) return held.length > 0 ? [] : [{ level: 'error', reason: 'NoAddress', message: 'has no address' }];
  const { status, reason, message } = condition;
  if (status === 'True') return [{ level: 'info', reason, message }];
  return [{ level: held.length > 0 ? 'warning' : 'error', reason, message }];
}

function whyThese(snapshot: Snapshot, { service, ips, pool }: Decision): string[] {
  const others = ips.flatMap((ip) => holdersOf(snapshot, ip).filter(({ key }) => key !== service.key));
  const names = [...new Set(others.map(({ key }) => key))];
  return [...whyPool(snapshot, service, pool), ...(names.length > 0 ? [`shared with ${nameSome(names)}`] : [])];
}

function whyPool(snapshot: Snapshot, service: Service, pool: string | undefined): string[] {
  const [request] = service.requests;
  if (request) return [`as ${request.path} asks`];
  if (service.requestedPool) return [`as ${service.requestedPool.path} asks`];
  const namespaces = new Map(snapshot.namespaces.map(({ name, labels }) => [name, labels]));
  const open = openPools(service, { config: snapshot.configuration.config, namespaces });
  return open.length > 1 && open[0]?.name === pool ? [`the first of ${open.length} pools open to it`] : [];
}

function addressText(ips: readonly Ip[]): string {
  return ips.map(formatIp).join(', ');
}
