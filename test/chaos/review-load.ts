// Run beside the API server: a steady stream of dry-run creates of pools, each reviewed by the webhook with `Fail`.
// Prints a line for each: `ok`, or what the API server said.
import { ApiError, createObject, openCluster } from '#platform/cluster.ts';

const EVERY_MS = 20;
const cluster = openCluster();
const path = '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools?dryRun=All';
let count = 0;

setInterval(() => {
  const pool = {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: `load-${count++}` },
    spec: { addresses: ['10.77.0.0/24'] },
  };
  createObject(cluster, path, pool).then(
    () => console.log('ok'),
    (error: unknown) => console.log(error instanceof ApiError ? error.message : String(error)),
  );
}, EVERY_MS);
