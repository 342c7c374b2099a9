// The lab as a library: what the command line, the demo and the end-to-end tests use alike.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type InstallOptions, install, type Program, restart } from './arpeggio.ts';
import { makeBackend } from './backend.ts';
import { labCgroup } from './cgroup.ts';
import { enter, type Output, type RunOptions, run } from './command.ts';
import { takeDown } from './down.ts';
import { LabFailure } from './failure.ts';
import { openKubectl } from './kubectl.ts';
import type { KubeletState } from './kubelet/kubelet.ts';
import type { PowerCut } from './kubelet/node-agent.ts';
import { type LabFaults, openFaults } from './lab-faults.ts';
import { lastLinesOf } from './logs.ts';
import { defaultName, findNode, findPlace, namespacePath, nodePlaces, type Place, parseLabName } from './place.ts';
import { filesOf, type LabFiles, readRecord, requireRecord } from './state.ts';
import { openSupervisor } from './supervisor-client.ts';
import { type Say, untilState, upBare } from './up.ts';

export type UpOptions = InstallOptions & {
  readonly nodes?: number | undefined;
  readonly isBare?: boolean | undefined;
  /** A second network for the cluster's own traffic. */
  readonly mgmt?: boolean | undefined;
  /** The folder of an image that umoci unpacked, which runc runs for Arpeggio's Pods in the place of the checkout. */
  readonly image?: string | undefined;
  /** Images of others that are no more than one program, by name, each with its file on this machine. */
  readonly programs?: Readonly<Record<string, string>> | undefined;
  /** The API server writes down what Arpeggio's accounts ask of it; `readAudit` reads it. */
  readonly audit?: boolean | undefined;
};
export type BackendOptions = {
  readonly nodes?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
};

export type Lab = LabFaults & {
  readonly name: string;
  readonly files: LabFiles;
  isUp(): boolean;
  nodes(): readonly Place[];
  up(options?: UpOptions): Promise<void>;
  down(): Promise<boolean>;
  kubectl(args: readonly string[], options?: { readonly stdin?: string | undefined }): Promise<Output>;
  /** kubectl that has to succeed; answers its output. */
  mustKubectl(args: readonly string[], stdin?: string): Promise<string>;
  kubectlCommand(args: readonly string[]): { readonly argv: string[]; readonly env: Readonly<Record<string, string>> };
  exec(where: string, command: readonly string[], options?: RunOptions): Promise<Output>;
  execCommand(where: string, command: readonly string[]): string[];
  backend(name: string, options?: BackendOptions): Promise<void>;
  powerOff(node: string): Promise<PowerCut>;
  powerOn(node: string): Promise<void>;
  stopSpeaker(node: string): Promise<void>;
  killSpeaker(node: string): Promise<void>;
  startSpeaker(node: string): Promise<void>;
  restart(program: 'controller' | 'webhook'): Promise<void>;
  state(): Promise<KubeletState>;
};

const speaker: Program = 'speaker';

export function openLab(name: string = defaultName, say: Say = () => undefined): Lab {
  parseLabName(name);
  const ask = openSupervisor(name);
  const kubectl = () => openKubectl(requireRecord(name));
  const node = (text: string) => findNode(text, requireRecord(name)).name;
  const hold = async (nodeName: string, how: 'stop' | 'kill') => {
    await ask('/hold', { program: speaker, node: node(nodeName), how });
    say(`speaker on ${nodeName}: ${how === 'stop' ? 'stopped' : 'killed'}`);
  };

  const lastLines = (program: string) => lastLinesOf(filesOf(name).logs, program);
  const installation = () => ({ kubectl: kubectl(), say, lastLines });

  const execCommand = (where: string, command: readonly string[]) => {
    const place = findPlace(where, requireRecord(name));
    const namespace = namespacePath(name, place.name);
    if (!existsSync(namespace)) throw new LabFailure(`Cannot run on "${place.name}": its power is off`);
    const cgroup = join(labCgroup(name), place.name, 'exec');
    mkdirSync(cgroup, { recursive: true });
    return enter({ argv: command, cgroup, namespace });
  };

  return {
    name,
    files: filesOf(name),
    isUp: () => readRecord(name) !== undefined,
    nodes: () => nodePlaces(requireRecord(name)),
    async up({ nodes, mgmt, image, programs, audit, isBare = false, ...options } = {}) {
      await upBare(name, { nodes, mgmt, image, programs, audit }, say);
      if (isBare) return;
      await setHeld(ask, options.without ?? []);
      await install(installation(), options);
    },
    // A lab of that name which another folder started is not ours to end.
    down: async () => readRecord(name) !== undefined && (await takeDown(name)),
    kubectl: (args, { stdin } = {}) => kubectl().try(args, stdin),
    mustKubectl: (args, stdin) => kubectl().must(args, stdin),
    kubectlCommand: (args) => ({ argv: [...kubectl().prefix, ...args], env: kubectl().env }),
    exec: (where, command, options) => run(execCommand(where, command), options),
    execCommand,
    async backend(backendName, { nodes, namespace = 'default' } = {}) {
      const record = requireRecord(name);
      const chosen = nodes ? nodes.map((text) => findNode(text, record)) : nodePlaces(record);
      await makeBackend(kubectl(), { name: backendName, namespace, nodes: chosen }, say);
    },
    async powerOff(nodeName) {
      const cut = await ask<PowerCut>('/power-off', { node: node(nodeName) });
      say(`${nodeName}: power off, t0 = ${cut.realtimeMs.toFixed(3)} ms (monotonic ${cut.monotonicMs.toFixed(3)} ms)`);
      return cut;
    },
    async powerOn(nodeName) {
      await ask('/power-on', { node: node(nodeName) });
      await untilState(name, nodeName, (state) => state.nodes.some((n) => n.name === nodeName && n.isReady));
      say(`${nodeName}: power on, Ready`);
    },
    stopSpeaker: (nodeName) => hold(nodeName, 'stop'),
    killSpeaker: (nodeName) => hold(nodeName, 'kill'),
    async startSpeaker(nodeName) {
      await ask('/release', { program: speaker, node: node(nodeName) });
      const isReady = (state: KubeletState) =>
        state.pods.some((pod) => pod.program === speaker && pod.node === nodeName && pod.isReady);
      await untilState(name, `the speaker on ${nodeName}`, isReady);
      say(`speaker on ${nodeName}: ready`);
    },
    restart: (program) => restart(installation(), program),
    ...openFaults(name, say),
    state: () => ask<KubeletState>('/state'),
  };
}

/** Programs that were left out earlier start again unless they are left out now too. */
async function setHeld(ask: ReturnType<typeof openSupervisor>, without: readonly Program[]): Promise<void> {
  const { held } = await ask<KubeletState>('/state');
  const released = held.filter((key) => key.startsWith('*/') && !without.some((program) => key === `*/${program}`));
  for (const key of released) await ask('/release', { program: key.slice(2) });
  for (const program of without) await ask('/hold', { program });
}
