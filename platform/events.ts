// Kubernetes Events: written when something changed, never in the way; a failed write is only logged.
import { Counter, type Registry } from 'prom-client';
import { type Cluster, createObject } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';

export type ObjectReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
};

export type EventText = {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase code, the same in conditions, logs and metrics. */
  readonly reason: string;
  readonly message: string;
};

export type EventRecorder = (regarding: ObjectReference, text: EventText) => void;

// Events tell; they must not take the API server's time from the writes they tell of.
const IN_FLIGHT_MOST = 1;
const WAITING_MOST = 10_000;
const MESSAGE_LENGTH_MOST = 1_000;

export type EventRecorderOptions = { readonly program: string; readonly log: Log; readonly metrics: Registry };

/** Events in order, a few at a time; beyond ten thousand waiting, new ones are dropped and counted. */
export function openEventRecorder(cluster: Cluster, options: EventRecorderOptions): EventRecorder {
  const { program, log } = options;
  const lost = countLost(options.metrics);
  const waiting: (() => Promise<void>)[] = [];
  let inFlight = 0;
  let dropped = 0;
  const next = () => {
    const write = waiting.shift();
    if (!write) {
      if (dropped > 0) log.warn({ dropped }, 'events dropped, too many at once');
      dropped = 0;
      return;
    }
    inFlight++;
    void write().finally(() => {
      inFlight--;
      next();
    });
  };
  return (regarding, text) => {
    if (waiting.length >= WAITING_MOST) {
      dropped++;
      lost.inc();
      return;
    }
    waiting.push(() =>
      createObject(
        cluster,
        `/api/v1/namespaces/${regarding.namespace}/events`,
        eventBody(program, regarding, text),
      ).then(
        () => undefined,
        (error: unknown) => {
          lost.inc();
          log.warn({ error, object: regarding.name, reason: text.reason }, 'event not written');
        },
      ),
    );
    if (inFlight < IN_FLIGHT_MOST) next();
  };
}

/** One for all recorders of a program. */
function countLost(metrics: Registry): Counter {
  const name = 'arpeggio_events_lost_total';
  const help = 'Events that were not written: refused by the API server, or too many at once';
  const known = metrics.getSingleMetric(name);
  return known instanceof Counter ? known : new Counter({ name, help, registers: [metrics] });
}

function eventBody(program: string, regarding: ObjectReference, { type, reason, message }: EventText): object {
  const now = new Date().toISOString();
  return {
    metadata: { generateName: `${regarding.name}.`.slice(0, 240), namespace: regarding.namespace },
    involvedObject: regarding,
    type,
    reason,
    message: message.slice(0, MESSAGE_LENGTH_MOST),
    source: { component: `arpeggio-${program}` },
    reportingComponent: `arpeggio-${program}`,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}
