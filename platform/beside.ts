// Before all else a program looks whether a MetalLB is there, and does nothing until it is gone: both would give and answer for
// the same addresses. Only at the start: a MetalLB that comes later must not silence what serves (ADR 15).
import { once } from 'node:events';
import { Gauge, type Registry } from 'prom-client';
import {
  BESIDE_METALLB,
  describeObstacles,
  leftRegistration,
  livePods,
  METALLB_REGISTRATION,
  METALLB_SELECTORS,
  type MetalLbPodObject,
  type Obstacle,
  type RegistrationObject,
  removalOf,
} from '#core/metallb.ts';
import { openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import { openEventRecorder } from '#platform/events.ts';
import { openHealthServer } from '#platform/health.ts';
import type { ProgramContext } from '#platform/program.ts';

export type StartOptions = {
  readonly program: ProgramContext;
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Answers for health and metrics meanwhile. */
  readonly port: number;
  /** The registration that a MetalLB left is in the way of the webhook alone. */
  readonly mindsRegistration?: boolean;
};

/** For a Pod that becomes stuck, which no watch tells. */
const LOOK_EVERY_MS = 10_000;
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** Resolves once no MetalLB is there; false when the program was told to stop before. */
export async function untilAlone(options: StartOptions): Promise<boolean> {
  const { signal } = options.program;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const end = new AbortController();
  const refusal = openRefusal(options, reject);
  const look = () => {
    const obstacles = obstaclesIn();
    if (obstacles?.length === 0) resolve(true);
    else if (obstacles) refusal.say(obstacles);
  };
  const obstaclesIn = openSight(options, end.signal, look);
  const timer = setInterval(look, LOOK_EVERY_MS);
  const onStop = () => resolve(false);
  signal.addEventListener('abort', onStop, { once: true });
  try {
    const isAlone = await promise;
    if (isAlone) refusal.lift();
    return isAlone;
  } finally {
    signal.removeEventListener('abort', onStop);
    clearInterval(timer);
    end.abort();
    await refusal.close();
  }
}

/** What is in the way now; undefined until all of it was looked at. */
function openSight(
  { program, cluster, namespace, mindsRegistration = false }: StartOptions,
  signal: AbortSignal,
  onChange: () => void,
): () => Obstacle[] | undefined {
  const shared = { cluster, log: program.log, signal, onChange };
  const pods = METALLB_SELECTORS.map((labelSelector) =>
    openCache({
      ...{ ...shared, labelSelector, path: `/api/v1/namespaces/${namespace}/pods` },
      parse: (object: MetalLbPodObject) => object,
    }),
  );
  const registrations = (mindsRegistration ? [`metadata.name=${METALLB_REGISTRATION}`] : []).map((fieldSelector) =>
    openCache({
      ...{ ...shared, fieldSelector, path: CONFIGURATIONS },
      parse: (object: RegistrationObject) => object,
    }),
  );
  return () => {
    if (![...pods, ...registrations].every((cache) => cache.isSynced())) return undefined;
    const sight = {
      ...{ namespace, now: Date.now() },
      pods: pods.flatMap((cache) => cache.values()),
      registration: registrations.flatMap((cache) => cache.values())[0],
    };
    return [...livePods(sight), ...leftRegistration(sight)];
  };
}

type Refusal = {
  say(obstacles: readonly Obstacle[]): void;
  lift(): void;
  /** The port is free afterwards. */
  close(): Promise<void>;
};

/** Alive and not ready from now on; one log line and one Event, and again when more is to be removed than was said. */
function openRefusal(
  { program, cluster, namespace, port }: StartOptions,
  onFailure: (error: unknown) => void,
): Refusal {
  const { name, log, metrics } = program;
  const recordEvent = openEventRecorder(cluster, { program: name, log, metrics });
  const gauge = openGauge(metrics);
  const serving = new AbortController();
  const named = new Map<string, Obstacle['state']>();
  let sentence = 'looking whether a MetalLB is there';
  // From the start: an API server that is away must not have the kubelet kill what only waits for it.
  const server = openHealthServer({
    ...{ port, metrics, signal: serving.signal },
    isReady: () => false,
    whyNot: () => sentence,
  });
  server.catch(onFailure);
  const isNews = ({ object, state }: Obstacle) => state !== 'leaving' && named.get(object) !== state;

  return {
    say(obstacles) {
      sentence = `Cannot start beside MetalLB: ${describeObstacles(obstacles)}`;
      gauge.set(1);
      const isToSay = named.size === 0 || obstacles.some(isNews);
      for (const { object, state } of obstacles) named.set(object, state);
      if (!isToSay) return;
      const objects = obstacles.map(({ object }) => object);
      log.error({ reason: BESIDE_METALLB, objects, remove: removalOf(obstacles) }, 'not started beside metallb');
      recordEvent(ownPod(namespace), { type: 'Warning', reason: BESIDE_METALLB, message: sentence });
    },
    lift() {
      gauge.set(0);
      if (named.size > 0) log.info({ objects: [...named.keys()] }, 'metallb is gone, starting');
    },
    async close() {
      const opened = await server.catch(() => undefined);
      const closed = opened && once(opened, 'close');
      serving.abort();
      await closed;
    },
  };
}

function openGauge(metrics: Registry): Gauge {
  return new Gauge({
    name: 'arpeggio_start_refused',
    help: '1 while the program does nothing because a MetalLB, or its webhook registration, is there',
    registers: [metrics],
  });
}

function ownPod(namespace: string) {
  const uid = process.env['POD_UID'];
  const name = process.env['POD_NAME'] ?? '';
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, ...(uid ? { uid } : {}) };
}
