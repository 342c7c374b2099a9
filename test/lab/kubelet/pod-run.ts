// One Pod on its node: network, volumes, containers, status, and its end.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.ts';
import { killCgroup, makeCgroup, removeCgroup } from '../cgroup.ts';
import { messageOf } from '../failure.ts';
import { podNamespace } from '../network.ts';
import { internalOf, namespaceOf, type Place } from '../place.ts';
import { filesOf } from '../state.ts';
import { ContainerRun } from './container.ts';
import type { Addresses } from './environment.ts';
import { type LaunchContext, launchOf, readLinks } from './launch.ts';
import type { LogPart } from './log-server.ts';
import { type Pod, podKey, programOf, restartsBefore, shortId } from './pod.ts';
import { type AddressBook, makePodNetwork, type PodAddress, removePodNetwork } from './pod-network.ts';
import { deletePod, StatusReporter, warnAbout } from './pod-object.ts';
import { type ContainerReport, isPodReady, type PodReport } from './status.ts';
import { unsupportedFields } from './template.ts';
import { readKeys, writeVolumes } from './volumes.ts';

export type PodHost = {
  readonly lab: string;
  readonly api: Api;
  readonly place: Place;
  readonly cgroup: string;
  readonly podCIDRs: readonly string[];
  readonly addressBook: AddressBook;
  readonly isHeld: (program: string) => boolean;
  readonly onGone: (uid: string) => void;
};

const retryMs = 300;
const refreshMs = 60_000;

export class PodRun {
  pod: Pod;
  /** As it was when this run began: our own reports change what the API server says later. */
  readonly #found: Pod;
  readonly program: string;
  readonly #host: PodHost;
  readonly #startTime = new Date().toISOString();
  readonly #over = new AbortController();
  readonly #reporter: StatusReporter;
  #address: PodAddress | undefined;
  #containers: ContainerRun[] = [];
  #refusals: ContainerReport[] = [];
  #isEnding = false;
  #setUp: Promise<void>;

  constructor(pod: Pod, host: PodHost) {
    this.pod = pod;
    this.#found = pod;
    this.program = programOf(pod);
    this.#host = host;
    this.#reporter = new StatusReporter(host.api, () => this.#report(), this.#over.signal);
    this.#setUp = this.#prepare();
    if (pod.metadata.deletionTimestamp) this.update(pod);
  }

  isReady(): boolean {
    return isPodReady(this.#reports());
  }

  log(container: string, isPrevious: boolean): LogPart | undefined {
    return this.#containers.find((one) => one.report().name === container)?.log(isPrevious);
  }

  /** A newer version of the object; only a deletion changes what runs. */
  update(pod: Pod): void {
    this.pod = pod;
    if (pod.metadata.deletionTimestamp && !this.#isEnding) void this.#end(this.#graceMs());
  }

  /** The object is gone: whatever still runs is an orphan. */
  vanish(): void {
    if (!this.#isEnding) void this.#end(0);
  }

  start(): void {
    for (const container of this.#containers) container.start();
  }

  async stop(): Promise<void> {
    await this.#setUp;
    await Promise.all(this.#containers.map((container) => container.stop()));
  }

  async kill(): Promise<void> {
    await this.#setUp;
    for (const container of this.#containers) container.forget();
    killCgroup(this.#cgroup());
    await Promise.all(this.#containers.map((container) => container.ended()));
  }

  /** The node lost its power: from now on nothing is started, stopped or reported. */
  abandon(): void {
    this.#over.abort();
    for (const container of this.#containers) container.forget();
  }

  async #prepare(): Promise<void> {
    const refused = unsupportedFields(this.pod);
    if (refused.length > 0) {
      const message = `Cannot run Pod ${podKey(this.pod)}: the lab does not support ${refused.join(', ')}`;
      this.#refuse('CreateContainerConfigError', message);
      return;
    }
    this.#reporter.changed();
    for (let told = ''; !this.#over.signal.aborted && !this.#isEnding; await delay(retryMs)) {
      try {
        await this.#launch();
        return;
      } catch (error) {
        if (messageOf(error) !== told) console.log(`${podKey(this.pod)} waits: ${messageOf(error)}`);
        told = messageOf(error);
      }
    }
  }

  async #launch(): Promise<void> {
    if (!this.pod.spec.hostNetwork && !this.#address) await this.#connect();
    const context = await this.#launchContext();
    const launches = this.pod.spec.containers.map((container) => ({ container, launch: launchOf(container, context) }));
    const problem = launches.map(({ launch }) => launch).find((launch) => 'problem' in launch);
    if (problem && 'problem' in problem) return this.#refuse(problem.reason, problem.problem);
    this.#containers = launches.flatMap(({ container, launch }) => {
      if ('problem' in launch) return [];
      makeCgroup(launch.cgroup);
      const probeAddress = this.#addresses().podIPs[0] ?? '';
      return new ContainerRun({
        ...{ container, probeAddress, graceMs: this.#graceMs() },
        process: launch,
        restarts: restartsBefore(this.#found, container.name),
        onChange: () => this.#reporter.changed(),
      });
    });
    void this.#refreshVolumes();
    if (!this.#host.isHeld(this.program) && !this.#isEnding && !this.#over.signal.aborted) this.start();
    this.#reporter.changed();
  }

  async #connect(): Promise<void> {
    const { lab, place, podCIDRs, addressBook } = this.#host;
    const id = shortId(this.pod);
    const address = addressBook.take(podCIDRs);
    try {
      await makePodNetwork({ lab, node: place.name, id, podCIDRs, address });
      this.#address = address;
    } catch (error) {
      addressBook.free(address);
      await removePodNetwork(lab, id);
      throw error;
    }
  }

  async #launchContext(): Promise<LaunchContext> {
    const { lab, api, place } = this.#host;
    const { pod } = this;
    const folder = this.#folder();
    const volumeContext = { api, pod, folder: join(folder, 'volumes'), addresses: this.#addresses() };
    const namespace = pod.spec.hostNetwork ? namespaceOf(lab, place.name) : podNamespace(lab, shortId(pod));
    return {
      ...{ lab, pod, folder, namespace: `/run/netns/${namespace}`, cgroup: this.#cgroup() },
      addresses: this.#addresses(),
      volumes: await writeVolumes(volumeContext),
      keys: await readKeys(
        pod.spec.containers.flatMap(({ env = [] }) => env),
        volumeContext,
      ),
      links: pod.spec.enableServiceLinks === false ? [] : await readLinks(api, pod.metadata.namespace),
    };
  }

  async #refreshVolumes(): Promise<void> {
    const { api } = this.#host;
    const folder = join(this.#folder(), 'volumes');
    for (;;) {
      await delay(refreshMs, undefined, { signal: this.#over.signal, ref: false }).catch(() => undefined);
      if (this.#over.signal.aborted) return;
      await writeVolumes({ api, pod: this.pod, folder, addresses: this.#addresses() }).catch(() => undefined);
    }
  }

  #refuse(reason: string, message: string): void {
    console.log(message);
    const base = { last: undefined, isReady: false, isStarted: false, restarts: 0 };
    this.#refusals = this.pod.spec.containers.map(({ name, image }) => {
      return { ...base, name, image, state: { kind: 'waiting', reason, message } };
    });
    void warnAbout(this.#host.api, this.pod, { reason, message });
    this.#reporter.changed();
  }

  async #end(graceMs: number): Promise<void> {
    this.#isEnding = true;
    await this.#setUp;
    await Promise.all(this.#containers.map((container) => container.stop(graceMs)));
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    await this.#cleanUp();
    await deletePod(this.#host.api, this.pod);
    this.#host.onGone(this.pod.metadata.uid);
  }

  async #cleanUp(): Promise<void> {
    await removeCgroup(this.#cgroup());
    if (this.#address) {
      await removePodNetwork(this.#host.lab, shortId(this.pod));
      this.#host.addressBook.free(this.#address);
    }
    rmSync(this.#folder(), { recursive: true, force: true });
  }

  #report(): PodReport {
    const [pod, addresses] = [this.pod, this.#addresses()];
    return { pod, addresses, containers: this.#reports(), startTime: this.#startTime };
  }

  #reports(): ContainerReport[] {
    if (this.#refusals.length > 0) return this.#refusals;
    if (this.#containers.length > 0) return this.#containers.map((container) => container.report());
    const state = { kind: 'waiting', reason: 'ContainerCreating', message: '' } as const;
    const base = { state, last: undefined, isReady: false, isStarted: false };
    return this.pod.spec.containers.map(({ name, image }) => {
      return { ...base, name, image, restarts: restartsBefore(this.#found, name) };
    });
  }

  #addresses(): Addresses {
    const { ipv4, ipv6 } = internalOf(this.#host.place);
    const hostIPs = [ipv4, ipv6];
    if (this.pod.spec.hostNetwork) return { hostIPs, podIPs: hostIPs };
    return { hostIPs, podIPs: this.#address ? [this.#address.ipv4, this.#address.ipv6] : [] };
  }

  #graceMs(): number {
    const { deletionGracePeriodSeconds } = this.pod.metadata;
    return (deletionGracePeriodSeconds ?? this.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  #cgroup(): string {
    return join(this.#host.cgroup, `pod-${shortId(this.pod)}`);
  }

  #folder(): string {
    return join(filesOf(this.#host.lab).pods, this.pod.metadata.uid);
  }
}
