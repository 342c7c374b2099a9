// AdmissionReview bodies that no API server would send: sound reviews with parts replaced, removed or repeated, and raw bytes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { Agent, request } from 'undici';
import { FIXTURES } from '#test/admission/cluster.ts';
import { ROWS } from '#test/admission/document.ts';
import { ROW_WORLD, requestBodyOf } from '#test/admission/judge.ts';
import { Claims } from '#webhook/claims.ts';
import { type LiveReader, reviewConfirmed } from '#webhook/confirm.ts';
import { openReviewMetrics } from '#webhook/metrics.ts';
import { createReviewApp } from '#webhook/review-app.ts';

export type FuzzReport = {
  readonly statuses: ReadonlyMap<number, number>;
  readonly slowestMs: number;
  /** Resident bytes after each tenth. */
  readonly memory: readonly number[];
  /** Seeds and bodies that were answered with 500 or not at all. */
  readonly failures: readonly string[];
};

const BATCH = 500;
const IN_FLIGHT = 8;
const BODIES = ROWS.map((row) => JSON.stringify(requestBodyOf(row)));

const READER: LiveReader = {
  service: (key) => Promise.resolve(ROW_WORLD.services.find((one) => one.key === key)),
  configuration: () => Promise.resolve(ROW_WORLD.sources),
  namespace: () => Promise.resolve(undefined),
};

const TEXTS = ROWS.map(({ object }) => object.data?.config).filter((text) => text !== undefined);
const ODD = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    [],
    {},
    '10.0.0.0/33',
    '::ffff:1.2.3.4',
    '&a [*a, *a]',
    'a: &a [*a]',
    '\u0000',
    '__proto__',
  ),
  fc.jsonValue(),
  fc.constantFrom<unknown>(...TEXTS),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom<unknown>(...FIXTURES),
);
const MUTATION = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'remove', 'repeat', 'rename'), value: ODD });
const STRUCTURED = fc
  .tuple(fc.constantFrom(...BODIES), fc.array(MUTATION, { minLength: 1, maxLength: 3 }))
  .map(([body, mutations]) => Buffer.from(mutations.reduce(mutate, body)));
const RAW = fc
  .tuple(fc.constantFrom(...BODIES), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }))
  .map(([body, edits]) => {
    const bytes = Buffer.from(body);
    for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
    return bytes;
  });
const BYTES = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes));
const BODY = fc.oneof(
  { weight: 6, arbitrary: STRUCTURED },
  { weight: 3, arbitrary: RAW },
  { weight: 1, arbitrary: BYTES },
);

/** Sends `count` bodies to the real application over HTTP; the same seed makes the same bodies. */
export async function fuzzReviews(count: number, seed: number): Promise<FuzzReport> {
  const { port, close } = await openApp();
  const agent = new Agent({ connections: IN_FLIGHT, pipelining: 1 });
  const post = (body: Buffer) => postTo(agent, port, body);
  const report = {
    statuses: new Map<number, number>(),
    slowestMs: 0,
    memory: [] as number[],
    failures: [] as string[],
  };
  try {
    for (let done = 0; done < count; done += BATCH) {
      const size = Math.min(BATCH, count - done);
      await sendBatch(fc.sample(BODY, { seed: seed + done, numRuns: size }), { post, report, seed: seed + done });
      const tenth = Math.ceil(count / 10);
      if (Math.floor((done + BATCH) / tenth) <= report.memory.length) continue;
      // What the collector has not looked at yet says nothing about a leak.
      globalThis.gc?.();
      report.memory.push(process.memoryUsage.rss());
    }
    return report;
  } finally {
    await agent.close();
    close();
  }
}

type Batch = {
  readonly post: (body: Buffer) => Promise<number>;
  readonly report: { statuses: Map<number, number>; slowestMs: number; failures: string[] };
  readonly seed: number;
};

async function sendBatch(all: readonly Buffer[], { post, report, seed }: Batch): Promise<void> {
  const bodies = all.values();
  const send = async () => {
    for (const body of bodies) {
      const started = performance.now();
      const status = await post(body).catch(() => 0);
      report.slowestMs = Math.max(report.slowestMs, performance.now() - started);
      report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
      if (status === 0 || status >= 500) report.failures.push(`${status} ${seed} ${body.toString('latin1')}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
}

async function openApp(): Promise<{ port: number; close: () => void }> {
  const claims = new Claims();
  const silent = () => undefined;
  const app = createReviewApp({
    judge: (review) =>
      reviewConfirmed(review, () => ROW_WORLD, {
        openReader: () => READER,
        claims,
        now: () => performance.now(),
        onFailure: silent,
      }),
    isReady: () => true,
    isLeaving: () => false,
    metrics: openReviewMetrics(new Registry()),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function postTo(dispatcher: Agent, port: number, body: Buffer): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await request(`http://127.0.0.1:${port}/review`, { method: 'POST', headers, body, dispatcher });
  await response.body.dump();
  return response.statusCode;
}

type Mutation = { readonly at: number; readonly how: string; readonly value: unknown };
type Spot = { readonly parent: { [key: string]: unknown }; readonly key: string };

function mutate(text: string, { at, how, value }: Mutation): string {
  const body = JSON.parse(text) as { [key: string]: unknown };
  const { object } = (body['request'] ?? {}) as { object?: unknown };
  // Mostly below the object: what is wrong above it is refused before any rule sees it.
  const spots = at % 8 === 0 || typeof object !== 'object' || object === null ? spotsOf(body) : spotsOf(object);
  const { parent, key } = spots[Math.floor(at / 8) % Math.max(spots.length, 1)] ?? { parent: body, key: 'request' };
  const present = parent[key];
  if (how === 'remove') delete parent[key];
  else if (how === 'repeat') parent[key] = Array.isArray(present) ? [...present, ...present] : [present, present];
  // A list has no names ("length" would even be refused).
  else if (how === 'rename' && typeof value === 'string' && !Array.isArray(parent)) parent[value] = present;
  else parent[key] = value;
  return JSON.stringify(body);
}

function spotsOf(value: unknown): Spot[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as { [key: string]: unknown };
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...spotsOf(parent[key])]);
}
