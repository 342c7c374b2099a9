// All nodes of the lab together: feeds them their Pods and carries out what the lab's commands ask for.
import type { Api } from '../api.ts';
import { LabFailure, messageOf } from '../failure.ts';
import { controlPlace, findNode, nodePlaces, type Place } from '../place.ts';
import type { LabRecord } from '../state.ts';
import type { LogSource } from './log-server.ts';
import { NodeAgent, type PowerCut } from './node-agent.ts';
import { type Condition, type Pod, podKey } from './pod.ts';
import type { PodRun } from './pod-run.ts';
import { applyRoutes } from './routes.ts';

export type PodState = {
  readonly pod: string;
  readonly node: string;
  readonly program: string;
  readonly isReady: boolean;
};
export type NodeState = { readonly name: string; readonly isPowered: boolean; readonly isReady: boolean };
export type KubeletState = {
  readonly isApiReady: boolean;
  readonly isReady: boolean;
  readonly nodes: readonly NodeState[];
  readonly pods: readonly PodState[];
  readonly held: readonly string[];
};
export type Kubelet = {
  start(): Promise<void>;
  /** Where the log of a container of a node that has power stands. */
  readonly logOf: LogSource;
  /** One request of the socket: its path and fields. */
  answer(path: string, fields: Readonly<Record<string, string>>): Promise<unknown>;
};
type WireNode = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly podCIDRs?: readonly string[]; readonly taints?: readonly { readonly key: string }[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
};

const everywhere = '*';
const unfit = new Set(['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);

export function openKubelet(record: LabRecord, api: Api): Kubelet {
  const held = new Set<string>();
  const pods = new Map<string, Pod>();
  const routed = new Set<string>();
  const tainted = new Set<string>();
  let [isApiReady, hasStarted] = [false, false];
  const places = nodePlaces(record);
  const agents = places.map((place) => {
    const isHeld = (program: string) => held.has(`${everywhere}/${program}`) || held.has(`${place.name}/${program}`);
    return new NodeAgent({ record, api, place, isHeld });
  });

  const agentOf = (name: string) => {
    findNode(name, record);
    return agents.find(({ place }) => place.name === name) as NodeAgent;
  };
  const deal = () => {
    for (const agent of agents) {
      agent.setPods([...pods.values()].filter((pod) => pod.spec.nodeName === agent.place.name));
    }
  };
  const put = (pod: Pod) => void pods.set(pod.metadata.uid, pod);

  function onNode(node: WireNode): void {
    const agent = agents.find(({ place }) => place.name === node.metadata.name);
    if (!agent) return;
    const isTainted = node.spec.taints?.some(({ key }) => unfit.has(key));
    if (isTainted) tainted.add(agent.place.name);
    else tainted.delete(agent.place.name);
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    if (agent.isPowered() && ready?.status !== 'True') void agent.reportReady();
    const podCIDRs = node.spec.podCIDRs ?? [];
    if (podCIDRs.length < 2 || agent.podCIDRs.length > 0) return;
    agent.setPodCIDRs(podCIDRs);
    const places = [controlPlace(record), ...agents.filter((other) => other.isPowered()).map(({ place }) => place)];
    Promise.all(places.map(routeFrom)).then(
      () => routed.add(agent.place.name),
      (error: unknown) => console.log(messageOf(error)),
    );
  }

  function routeFrom(place: Place): Promise<void> {
    return applyRoutes(record.name, place, agents);
  }

  const powerOn = (agent: NodeAgent) => agent.powerOn(() => routeFrom(agent.place));

  function state(): KubeletState {
    const nodes = agents.map((agent) => {
      const { name } = agent.place;
      const isReady = agent.isPowered() && agent.isProxyReady && routed.has(name) && !tainted.has(name);
      return { name, isPowered: agent.isPowered(), isReady };
    });
    const podStates = agents.flatMap((agent) =>
      agent.runs().map((podRun) => {
        const base = { pod: podKey(podRun.pod), node: agent.place.name };
        return { ...base, program: podRun.program, isReady: podRun.isReady() };
      }),
    );
    const isReady = hasStarted && nodes.every((node) => node.isReady || !node.isPowered);
    return { isApiReady, isReady, nodes, pods: podStates, held: [...held] };
  }

  const runsOf = (program: string, node: string): PodRun[] => {
    const chosen = node === everywhere ? agents : [agentOf(node)];
    return chosen.flatMap((agent) => agent.runs()).filter((podRun) => podRun.program === program);
  };

  async function hold(program: string, node: string, how: string): Promise<KubeletState> {
    const runs = runsOf(program, node);
    held.add(`${node}/${program}`);
    await Promise.all(runs.map((podRun) => (how === 'kill' ? podRun.kill() : podRun.stop())));
    return state();
  }

  function release(program: string, node: string): KubeletState {
    held.delete(`${node}/${program}`);
    for (const podRun of runsOf(program, node)) podRun.start();
    return state();
  }

  const answers: Record<string, (fields: Readonly<Record<string, string>>) => Promise<unknown>> = {
    '/state': () => Promise.resolve(state()),
    '/power-off': ({ node = '' }): Promise<PowerCut> => {
      const agent = agentOf(node);
      if (agent.isPowered()) return agent.powerOff();
      throw new LabFailure(`Cannot power off "${node}": it is off already`);
    },
    '/power-on': async ({ node = '' }) => {
      await powerOn(agentOf(node));
      deal();
      return state();
    },
    '/hold': ({ program = '', node = everywhere, how = 'stop' }) => hold(program, node, how),
    '/release': ({ program = '', node = everywhere }) => Promise.resolve(release(program, node)),
  };

  return {
    async start() {
      isApiReady = true;
      api.follow<WireNode>('/api/v1/nodes', {
        replaceAll: (nodes) => nodes.forEach(onNode),
        put: onNode,
        remove: () => undefined,
      });
      await Promise.all(agents.map(powerOn));
      hasStarted = true;
      api.follow<Pod>('/api/v1/pods', {
        replaceAll: (list) => {
          pods.clear();
          list.forEach(put);
          deal();
        },
        put: (pod) => {
          put(pod);
          deal();
        },
        remove: (pod) => {
          pods.delete(pod.metadata.uid);
          deal();
        },
      });
    },
    logOf: ({ pod, container, isPrevious }) => {
      const runs = agents.flatMap((agent) => agent.runs());
      return runs.find((podRun) => podKey(podRun.pod) === pod)?.log(container, isPrevious);
    },
    answer: async (path, fields) => {
      const answer = answers[path];
      if (!answer) throw new LabFailure(`Cannot answer: "${path}" is unknown to the supervisor`);
      return await answer(fields);
    },
  };
}
