// Runs a container's probes for real, in the network namespace of its Pod, and keeps the kubelet's counts.
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../command.ts';
import type { Container, Probe } from './pod.ts';

export type ProbeTarget = { readonly namespace: string; readonly address: string; readonly container: Container };
export type ProbeListener = {
  readonly onStarted: () => void;
  readonly onReady: (isReady: boolean) => void;
  /** A liveness or start-up probe failed for good. */
  readonly onFailed: (which: string) => void;
};

// A kubelet waits a whole period after a first failure; until the first success the lab looks again this soon.
const eagerMs = 250;

export async function runProbes(target: ProbeTarget, listener: ProbeListener, signal: AbortSignal): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  if (startupProbe && !(await passesStartup(startupProbe, target, signal))) {
    if (!signal.aborted) listener.onFailed('startup');
    return;
  }
  if (signal.aborted) return;
  listener.onStarted();
  if (!readinessProbe) listener.onReady(true);
  await Promise.all([
    readinessProbe && repeat({ probe: readinessProbe, isEager: true, report: listener.onReady }, target, signal),
    livenessProbe &&
      repeat(
        { probe: livenessProbe, isEager: false, report: (isAlive) => isAlive || listener.onFailed('liveness') },
        target,
        signal,
      ),
  ]);
}

async function passesStartup(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const end = performance.now() + (probe.initialDelaySeconds ?? 0) * 1000 + periodMs * (probe.failureThreshold ?? 3);
  while (!signal.aborted && performance.now() < end) {
    if (await succeeds(probe, target, signal)) return true;
    await pause(Math.min(eagerMs, periodMs), signal);
  }
  return false;
}

type Repeat = {
  readonly probe: Probe;
  readonly isEager: boolean;
  readonly report: (isGood: boolean) => unknown;
};

async function repeat({ probe, isEager, report }: Repeat, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let [successes, failures, hadSuccess] = [0, 0, !isEager];
  await pause((probe.initialDelaySeconds ?? 0) * 1000, signal);
  while (!signal.aborted) {
    const isGood = await succeeds(probe, target, signal);
    if (signal.aborted) return;
    [successes, failures] = isGood ? [successes + 1, 0] : [0, failures + 1];
    if (successes >= (probe.successThreshold ?? 1)) report(true);
    if (failures >= (probe.failureThreshold ?? 3)) report(false);
    hadSuccess ||= isGood;
    await pause(hadSuccess ? periodMs : Math.min(eagerMs, periodMs), signal);
  }
}

async function succeeds(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  const get = probe.httpGet;
  if (!get) return true;
  const port = portNumber(get.port, target.container);
  const host = get.host ?? target.address;
  const url = `${(get.scheme ?? 'HTTP').toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}${get.path ?? '/'}`;
  const headers = (get.httpHeaders ?? []).flatMap(({ name, value }) => ['-H', `${name}: ${value}`]);
  const { code, stdout } = await run(
    [
      ...['nsenter', `--net=${target.namespace}`, '--', 'curl', '-k', '-s', '-o', '/dev/null', '--noproxy', '*'],
      ...['-w', '%{http_code}', '--max-time', `${probe.timeoutSeconds ?? 1}`, '-A', 'kube-probe/1.36', ...headers, url],
    ],
    { signal },
  );
  const status = Number(stdout);
  return code === 0 && status >= 200 && status < 400;
}

function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? 0;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
