// One container: starts its process, restarts it when it ends, stops it as a kubelet would.
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { killCgroup } from '../cgroup.ts';
import { type Detached, signalNumber, startDetached } from '../command.ts';
import type { LogPart } from './log-server.ts';
import type { Container } from './pod.ts';
import { type ProbeListener, runProbes } from './probe.ts';
import type { ContainerReport, ContainerState } from './status.ts';

export type ContainerHost = {
  readonly container: Container;
  readonly process: Detached;
  readonly probeAddress: string;
  readonly graceMs: number;
  readonly restarts: number;
  readonly onChange: () => void;
};

const firstBackoffMs = 500;
const longestBackoffMs = 5000;
const forgivenAfterMs = 30_000;

export class ContainerRun {
  readonly #host: ContainerHost;
  #child: ChildProcess | undefined;
  #exit: Promise<void> = Promise.resolve();
  #probes = new AbortController();
  #state: ContainerState = { kind: 'waiting', reason: 'ContainerCreating', message: '' };
  #last: ContainerState | undefined;
  #isReady = false;
  #isStarted = false;
  #restarts: number;
  #quickEnds = 0;
  #wanted = false;
  /** Octets of the log at each start: all processes of the container write one file. */
  readonly #starts: number[] = [];

  constructor(host: ContainerHost) {
    this.#host = host;
    this.#restarts = host.restarts;
  }

  report(): ContainerReport {
    const { name, image } = this.#host.container;
    const [isReady, isStarted] = [this.#isReady, this.#isStarted];
    return { name, image, state: this.#state, last: this.#last, isReady, isStarted, restarts: this.#restarts };
  }

  /** Undefined where no such process ran. */
  log(isPrevious: boolean): LogPart | undefined {
    const file = this.#host.process.log;
    const [before, last] = [this.#starts.at(-2), this.#starts.at(-1)];
    if (!isPrevious) return last === undefined ? undefined : { file, from: last };
    return before === undefined || last === undefined ? undefined : { file, from: before, to: last };
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#launch();
  }

  /** SIGTERM, the grace period, SIGKILL; it stays down until `start`. */
  async stop(graceMs = this.#host.graceMs): Promise<void> {
    this.#wanted = false;
    await this.#terminate(graceMs);
  }

  /** For the moment its process was killed from outside and is to stay down. */
  forget(): void {
    this.#wanted = false;
    this.#probes.abort();
  }

  ended(): Promise<void> {
    return this.#exit;
  }

  async #terminate(graceMs: number): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const sleep = this.#host.container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    await this.#exitWithin(Math.min(sleep * 1000, graceMs));
    if (graceMs > 0) child.kill('SIGTERM');
    await this.#exitWithin(graceMs);
    killCgroup(this.#host.process.cgroup);
    await this.#exit;
  }

  async #exitWithin(ms: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([this.#exit, delay(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }

  #launch(): void {
    const startedAt = new Date();
    this.#starts.push(statSync(this.#host.process.log, { throwIfNoEntry: false })?.size ?? 0);
    const child = startDetached(this.#host.process);
    this.#child = child;
    this.#state = { kind: 'running', startedAt: startedAt.toISOString() };
    this.#exit = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        this.#ended(code ?? 128 + signalNumber(signal), signalNumber(signal), startedAt);
        resolve();
      });
    });
    this.#probes = new AbortController();
    const { container, probeAddress: address, process } = this.#host;
    const target = { container, address, namespace: process.namespace ?? '' };
    void runProbes(target, this.#listener(), this.#probes.signal);
    this.#host.onChange();
  }

  #listener(): ProbeListener {
    return {
      onStarted: () => this.#set(this.#isReady, true),
      onReady: (isReady) => this.#set(isReady, this.#isStarted),
      // Its end starts it again.
      onFailed: () => void this.#terminate(this.#host.graceMs),
    };
  }

  #set(isReady: boolean, isStarted: boolean): void {
    if (this.#isReady === isReady && this.#isStarted === isStarted) return;
    [this.#isReady, this.#isStarted] = [isReady, isStarted];
    this.#host.onChange();
  }

  #ended(code: number, signal: number, startedAt: Date): void {
    this.#probes.abort();
    this.#child = undefined;
    this.#state = { kind: 'terminated', exitCode: code, signal, finishedAt: new Date().toISOString() };
    [this.#isReady, this.#isStarted] = [false, false];
    const isQuick = Date.now() - startedAt.getTime() < forgivenAfterMs;
    this.#quickEnds = isQuick ? this.#quickEnds + 1 : 0;
    if (this.#wanted) void this.#restartLater();
    this.#host.onChange();
  }

  async #restartLater(): Promise<void> {
    this.#last = this.#state;
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.max(0, this.#quickEnds - 1));
    const message = `back-off ${backoffMs} ms restarting failed container`;
    this.#state = { kind: 'waiting', reason: 'CrashLoopBackOff', message };
    await delay(backoffMs);
    if (!this.#wanted || this.#child) return;
    this.#restarts += 1;
    this.#launch();
  }
}
