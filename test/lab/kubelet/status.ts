// A Pod's status as a kubelet reports it, computed from what its containers do. Pure.
import type { Addresses } from './environment.ts';
import type { Condition, Pod } from './pod.ts';

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running'; readonly startedAt: string }
  | { readonly kind: 'terminated'; readonly exitCode: number; readonly signal: number; readonly finishedAt: string };
export type ContainerReport = {
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  readonly last: ContainerState | undefined;
  readonly isReady: boolean;
  readonly isStarted: boolean;
  readonly restarts: number;
};
export type PodReport = {
  readonly pod: Pod;
  readonly containers: readonly ContainerReport[];
  readonly addresses: Addresses;
  readonly startTime: string;
};

export function isPodReady(containers: readonly ContainerReport[]): boolean {
  return containers.length > 0 && containers.every(({ isReady }) => isReady);
}

/** `known` are the conditions last reported: a transition time changes only with its status. */
export function podStatus(report: PodReport, known: readonly Condition[], now: string) {
  const { containers, addresses } = report;
  const hasRun = containers.some(({ state, last }) => state.kind !== 'waiting' || last !== undefined);
  const ready = isPodReady(containers) ? 'True' : 'False';
  const missing = containers.filter(({ isReady }) => !isReady).map(({ name }) => name);
  const why =
    ready === 'True'
      ? {}
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${missing.join(' ')}]` };
  const condition = (type: string, status: string, more: object = {}) => {
    const before = known.find((candidate) => candidate.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, lastTransitionTime: since ?? now, ...more };
  };
  return {
    phase: hasRun ? 'Running' : 'Pending',
    startTime: report.startTime,
    hostIP: addresses.hostIPs[0],
    hostIPs: addresses.hostIPs.map((ip) => ({ ip })),
    ...(addresses.podIPs.length > 0
      ? { podIP: addresses.podIPs[0], podIPs: addresses.podIPs.map((ip) => ({ ip })) }
      : {}),
    conditions: [
      condition('PodScheduled', 'True'),
      condition('Initialized', 'True'),
      condition('PodReadyToStartContainers', addresses.podIPs.length > 0 ? 'True' : 'False'),
      condition('ContainersReady', ready, why),
      condition('Ready', ready, why),
    ],
    containerStatuses: containers.map(containerStatus),
  };
}

function containerStatus(report: ContainerReport) {
  return {
    name: report.name,
    image: report.image,
    imageID: report.image,
    ready: report.isReady,
    started: report.isStarted,
    restartCount: report.restarts,
    state: wireState(report.state),
    ...(report.last ? { lastState: wireState(report.last) } : {}),
  };
}

function wireState(state: ContainerState): object {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, message: state.message } };
    case 'running':
      return { running: { startedAt: state.startedAt } };
    case 'terminated': {
      const reason = state.exitCode === 0 ? 'Completed' : 'Error';
      return { terminated: { exitCode: state.exitCode, signal: state.signal, reason, finishedAt: state.finishedAt } };
    }
  }
}
