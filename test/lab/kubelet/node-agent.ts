// One node of the lab: registration, Lease, kube-proxy, its Pods, and its power.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, ApiError } from '../api.ts';
import { isPopulated, killCgroup, labCgroup, makeCgroup, removeCgroup } from '../cgroup.ts';
import { run, startDetached } from '../command.ts';
import { messageOf } from '../failure.ts';
import { makePlace, placePath, setCables, wipeNode } from '../network.ts';
import { cluster, type Place } from '../place.ts';
import { filesOf, type LabRecord } from '../state.ts';
import { leaseObject, nodeObject, nodeStatus, renewMs } from './node-object.ts';
import { type Pod, podKey } from './pod.ts';
import { AddressBook } from './pod-network.ts';
import { PodRun } from './pod-run.ts';

export type NodeHost = {
  readonly record: LabRecord;
  readonly api: Api;
  readonly place: Place;
  readonly isHeld: (program: string) => boolean;
};
/** CLOCK_REALTIME and CLOCK_MONOTONIC in milliseconds just before the cut, and CLOCK_MONOTONIC when the cable was out. */
export type PowerCut = { readonly realtimeMs: number; readonly monotonicMs: number; readonly cableOutMs: number };

const retryMs = 200;

export class NodeAgent {
  readonly place: Place;
  readonly #host: NodeHost;
  readonly #cgroup: string;
  readonly #runs = new Map<string, PodRun>();
  #wanted: readonly Pod[] = [];
  #addressBook = new AddressBook();
  #power = new AbortController();
  podCIDRs: readonly string[] = [];
  isProxyReady = false;

  constructor(host: NodeHost) {
    this.#host = host;
    this.place = host.place;
    this.#cgroup = join(labCgroup(host.record.name), host.place.name);
    this.#power.abort();
  }

  isPowered(): boolean {
    return !this.#power.signal.aborted;
  }

  runs(): readonly PodRun[] {
    return [...this.#runs.values()];
  }

  /** `onWired` runs when the node has its network, before anything uses it. */
  async powerOn(onWired: () => Promise<void>): Promise<void> {
    if (this.isPowered()) return;
    await this.#reset();
    await onWired();
    this.#power = new AbortController();
    const { signal } = this.#power;
    const uid = await this.#register();
    void this.#renewForEver(uid, signal);
    void this.#runProxy(signal);
    this.#reconcile();
  }

  /** Cuts the cables, then kills all at once, in this order so that no dying socket says a word. */
  async powerOff(): Promise<PowerCut> {
    this.#power.abort();
    for (const podRun of this.#runs.values()) podRun.abandon();
    const realtimeMs = performance.timeOrigin + performance.now();
    const monotonicMs = monotonicNow();
    await setCables(this.#host.record.name, this.place, { which: 'all', state: 'down' });
    const cableOutMs = monotonicNow();
    killCgroup(this.#cgroup);
    this.#runs.clear();
    this.isProxyReady = false;
    // Later, dead sockets would retransmit and queued frames leave as soon as the cable is back.
    await wipeNode(this.#host.record.name, this.place);
    return { realtimeMs, monotonicMs, cableOutMs };
  }

  /** All Pods that are bound to this node now. */
  setPods(pods: readonly Pod[]): void {
    this.#wanted = pods;
    if (this.isPowered()) this.#reconcile();
  }

  #reconcile(): void {
    if (this.podCIDRs.length === 0) return;
    const present = new Set(this.#wanted.map((pod) => pod.metadata.uid));
    for (const [uid, podRun] of this.#runs) if (!present.has(uid)) podRun.vanish();
    for (const pod of this.#wanted) {
      const known = this.#runs.get(pod.metadata.uid);
      if (known) known.update(pod);
      else this.#runs.set(pod.metadata.uid, this.#open(pod));
    }
  }

  #open(pod: Pod): PodRun {
    const { record, api, place, isHeld } = this.#host;
    console.log(`${place.name} runs ${podKey(pod)}`);
    const onGone = (uid: string) => this.#runs.delete(uid);
    const { podCIDRs } = this;
    return new PodRun(pod, {
      ...{ lab: record.name, api, place, isHeld, onGone, podCIDRs },
      ...{ cgroup: this.#cgroup, addressBook: this.#addressBook },
    });
  }

  setPodCIDRs(podCIDRs: readonly string[]): void {
    this.podCIDRs = podCIDRs;
    if (this.isPowered()) this.#reconcile();
  }

  /** What a boot finds: no processes, no Pods, a fresh network. */
  async #reset(): Promise<void> {
    const { record } = this.#host;
    await removeCgroup(this.#cgroup);
    makeCgroup(this.#cgroup);
    await wipeNode(record.name, this.place);
    await makePlace(record.name, this.place);
    this.#addressBook = new AddressBook();
  }

  async #register(): Promise<string> {
    const { api } = this.#host;
    const path = '/api/v1/nodes';
    for (;;) {
      const now = new Date().toISOString();
      try {
        const node = await api.call<{ metadata: { uid: string } }>('POST', path, { body: nodeObject(this.place, now) });
        return node.metadata.uid;
      } catch (error) {
        if (error instanceof ApiError && error.status === 409) return await this.#announceReady();
        console.log(`${this.place.name} cannot register: ${messageOf(error)}`);
        await delay(retryMs);
      }
    }
  }

  /** Somebody found this node dead while it lives, or it is back: a kubelet then reports again. */
  async reportReady(): Promise<void> {
    await this.#announceReady().catch((error: unknown) => console.log(messageOf(error)));
  }

  async #announceReady(): Promise<string> {
    const node = await this.#host.api.call<{ metadata: { uid: string } }>(
      ...(['PATCH', `/api/v1/nodes/${this.place.name}/status`] as const),
      {
        body: { status: nodeStatus(this.place, new Date().toISOString()) },
        contentType: 'application/merge-patch+json',
      },
    );
    return node.metadata.uid;
  }

  async #renewForEver(uid: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isRenewed = await this.#renew(uid).catch(() => false);
      await delay(isRenewed ? renewMs : retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #renew(uid: string): Promise<boolean> {
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    // Server-side apply creates and renews alike; MicroTime wants six digits.
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    await this.#host.api.call('PATCH', `${path}/${this.place.name}?fieldManager=kubelet&force=true`, {
      body: leaseObject(this.place, uid, renewTime),
      contentType: 'application/apply-patch+yaml',
    });
    return true;
  }

  async #runProxy(signal: AbortSignal): Promise<void> {
    const cgroup = makeCgroup(join(this.#cgroup, 'kube-proxy'));
    while (!signal.aborted) {
      if (!isPopulated(cgroup)) this.#startProxy(cgroup);
      if (!this.isProxyReady) this.isProxyReady = await this.#isProxyReady();
      await delay(this.isProxyReady ? 1000 : 50, undefined, { signal }).catch(() => undefined);
    }
  }

  #startProxy(cgroup: string): void {
    const { record } = this.#host;
    const files = filesOf(record.name);
    startDetached({
      argv: [
        ...[join(record.binaries, 'kube-proxy'), '--kubeconfig', files.kubeconfig, '--proxy-mode', 'nftables'],
        ...['--hostname-override', this.place.name, '--cluster-cidr', cluster.pods, '--conntrack-max-per-core', '0'],
      ],
      cgroup,
      namespace: placePath(record.name, this.place),
      log: join(files.logs, `kube-proxy.${this.place.name}.log`),
    });
  }

  /** Its own health says yes before the first rules are in; the API server's cluster address is the proof. */
  async #isProxyReady(): Promise<boolean> {
    const inside = ['nsenter', `--net=${placePath(this.#host.record.name, this.place)}`, '--'];
    const curl = ['curl', '-k', '-s', '-o', '/dev/null', '--noproxy', '*', '--max-time', '1'];
    return (await run([...inside, ...curl, `https://${cluster.apiService}/readyz`])).code === 0;
  }
}

function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
