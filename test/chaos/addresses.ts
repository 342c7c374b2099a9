// Run beside the API server by the hand-over test: creates Services, or follows their addresses until all are served.
import { parseArgs } from 'node:util';
import { formatIp } from '#core/ip.ts';
import { parseService, type ServiceObject } from '#core/service.ts';
import { openCache } from '#platform/cache.ts';
import { createObject, openCluster } from '#platform/cluster.ts';
import { openLog } from '#platform/log.ts';

const { values } = parseArgs({
  options: {
    create: { type: 'string' },
    from: { type: 'string', default: '0' },
    app: { type: 'string' },
    namespace: { type: 'string', default: 'default' },
  },
});
const SERVICES = `/api/v1/namespaces/${values.namespace}/services`;
const IN_FLIGHT = 32;

async function create(from: number, count: number): Promise<void> {
  const cluster = openCluster();
  const numbers = Array.from({ length: count }, (_, i) => from + i).values();
  const selector = values.app === undefined ? {} : { selector: { app: values.app } };
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }], ...selector };
  const work = async () => {
    for (const i of numbers) await createObject(cluster, SERVICES, { metadata: { name: `load-${i}` }, spec });
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

/** One line of JSON for every address a Service is seen with for the first time, and for every one that changes. */
function follow(): void {
  const seen = new Map<string, string>();
  openCache({
    ...{ cluster: openCluster(), log: openLog('follow'), signal: new AbortController().signal },
    ...{ path: SERVICES, onChange: () => undefined },
    parse: (object: ServiceObject) => {
      const { name, held } = parseService(object);
      const address = held.map(formatIp).join();
      if (address !== (seen.get(name) ?? '')) {
        process.stdout.write(`${JSON.stringify({ name, address, before: seen.get(name) ?? '' })}\n`);
        seen.set(name, address);
      }
      return name;
    },
  });
}

if (values.create === undefined) follow();
else await create(Number(values.from), Number(values.create));
