// A server on a real socket in the place of an API server, and the Cluster that leads to it.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from '#platform/cluster.ts';

export type ApiSocket = {
  readonly cluster: Cluster;
  /** Watches end too; resolves when the port is closed. */
  close(): Promise<void>;
};

export async function openApiSocket(answer: RequestListener): Promise<ApiSocket> {
  const listening = createServer(answer);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const server = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u' });
  return {
    cluster: { server, config, authenticate: () => Promise.resolve({ headers: {} }) },
    close() {
      const closed = new Promise<void>((resolve) => listening.close(() => resolve()));
      listening.closeAllConnections();
      return closed;
    },
  };
}
