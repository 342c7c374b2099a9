// Run beside the API server: sends many writes from one process, some at a time, and tells what became of each.
import { ApiError, createObject, deleteObject, openCluster } from '#platform/cluster.ts';

export type Write = { readonly method: 'POST' | 'DELETE'; readonly path: string; readonly body?: unknown };
export type Batch = { readonly inFlight: number; readonly writes: readonly Write[] };
/** `message` is empty where the write passed. */
export type Written = { readonly status: number; readonly message: string; readonly ms: number };

const cluster = openCluster();

async function send({ method, path, body }: Write): Promise<Written> {
  const started = performance.now();
  const done = (status: number, message: string) => ({ status, message, ms: performance.now() - started });
  try {
    await (method === 'POST' ? createObject(cluster, path, body) : deleteObject(cluster, path));
    return done(200, '');
  } catch (error) {
    if (error instanceof ApiError) return done(error.status, error.message);
    throw error;
  }
}

let input = '';
for await (const chunk of process.stdin) input += String(chunk);
const { inFlight, writes } = JSON.parse(input) as Batch;
const results = new Array<Written>(writes.length);
const queue = writes.entries();
const work = async () => {
  for (const [i, write] of queue) results[i] = await send(write);
};
await Promise.all(Array.from({ length: inFlight }, work));
process.stdout.write(JSON.stringify(results));
process.exit(0);
