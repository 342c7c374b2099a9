// What the lab's kubelet writes to the API about a Pod: status, warnings, and its final deletion.
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, ApiError } from '../api.ts';
import type { Condition, Pod } from './pod.ts';
import { type PodReport, podStatus } from './status.ts';

const retryMs = 300;

/** Reports the newest state, one write at a time, until `signal` says the Pod is not ours any more. */
export class StatusReporter {
  readonly #api: Api;
  readonly #gather: () => PodReport;
  readonly #signal: AbortSignal;
  #conditions: readonly Condition[];
  #isDirty = false;
  #isWriting = false;

  constructor(api: Api, gather: () => PodReport, signal: AbortSignal) {
    this.#api = api;
    this.#gather = gather;
    this.#signal = signal;
    this.#conditions = gather().pod.status?.conditions ?? [];
  }

  changed(): void {
    this.#isDirty = true;
    if (!this.#isWriting) void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#isDirty && !this.#signal.aborted) {
      this.#isDirty = false;
      try {
        await this.#write();
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) break;
        this.#isDirty = true;
        await delay(retryMs);
      }
    }
    this.#isWriting = false;
  }

  async #write(): Promise<void> {
    const report = this.#gather();
    const status = podStatus(report, this.#conditions, new Date().toISOString());
    await this.#api.call('PATCH', `${pathOf(report.pod)}/status`, {
      body: { metadata: { uid: report.pod.metadata.uid }, status },
      contentType: 'application/strategic-merge-patch+json',
    });
    this.#conditions = status.conditions;
  }
}

export async function warnAbout(
  api: Api,
  pod: Pod,
  { reason, message }: { reason: string; message: string },
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const now = new Date().toISOString();
  const body = {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    ...{ reason, message, type: 'Warning', count: 1, firstTimestamp: now, lastTimestamp: now },
    source: { component: 'lab', host: pod.spec.nodeName },
  };
  await api.call('POST', `/api/v1/namespaces/${namespace}/events`, { body }).catch(() => undefined);
}

/** Tells the API server that nothing of the Pod is left; until then its object stays. */
export async function deletePod(api: Api, pod: Pod): Promise<void> {
  const body = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
  for (;;) {
    try {
      await api.call('DELETE', pathOf(pod), { body });
      return;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return;
      await delay(retryMs);
    }
  }
}

function pathOf({ metadata: { namespace, name } }: Pod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
