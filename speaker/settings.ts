// The environment of the speaker, read once and checked.

import { parseIp } from '#core/ip.ts';
import { NAMESPACE_DEFAULT } from '#core/names.ts';
import { readNumberEnv, requireEnv } from '#platform/program.ts';
import type { HeartbeatSettings } from './heartbeat/protocol.ts';
import { parseExcludes } from './iface.ts';
import type { Pod } from './l2-status.ts';
import { FAILURES_LEAST } from './uplink.ts';
import type { UplinkSettings } from './uplink-probe.ts';

export type Settings = {
  readonly node: string;
  readonly namespace: string;
  /** This Pod, which takes its ServiceL2Status objects along when it goes; undefined outside of one. */
  readonly pod: Pod | undefined;
  readonly loadBalancerClass: string | undefined;
  readonly metricsPort: number;
  readonly excludes: readonly RegExp[];
  /** 0: never. */
  readonly refreshMs: number;
  /** Where requests are answered; `auto` is in the kernel where it and the capabilities allow. */
  readonly responder: 'auto' | 'kernel' | 'process';
  /** A folder on bpffs; without it nothing outlives the process. */
  readonly pinFolder: string | undefined;
  /** Pings of owned addresses are answered (in the kernel only). */
  readonly echo: boolean;
  /** A cordoned node drains. */
  readonly drainOnCordon: boolean;
  /** Which sides of a partition announce: all, or only the one with most of the speakers. */
  readonly fencing: 'none' | 'majority';
  /** Absent: the gateway is not asked. */
  readonly uplink: UplinkSettings | undefined;
  /** A healthy owner keeps its addresses when a node of better rank returns. */
  readonly sticky: boolean;
  readonly heartbeat: HeartbeatSettings;
};

// Fewer than three beats within the deadline would make one lost datagram a death.
const BEATS_LEAST = 3;

/** `fast` is for machines with cores to spare: on a noisy one it gives false deaths. */
const PACES = {
  normal: { intervalMs: 50, deadlineMs: 200 },
  fast: { intervalMs: 25, deadlineMs: 150 },
} as const;

/** `env` is the process's own; numbers and required names are read from it by the platform. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const node = requireEnv('NODE_NAME');
  const sticky = readChoice(env, 'STICKY_OWNER', ['false', 'true']) === 'true';
  return {
    node,
    namespace: env['POD_NAMESPACE'] ?? NAMESPACE_DEFAULT,
    pod: readPod(env),
    loadBalancerClass: env['LB_CLASS'] || undefined,
    metricsPort: readNumberEnv('METRICS_PORT', 7472, [1, 65_535]),
    excludes: parseExcludes(env['EXCLUDE_INTERFACES']),
    refreshMs: readNumberEnv('REFRESH_SECONDS', 60, [0, 86_400]) * 1_000,
    responder: readChoice(env, 'RESPONDER', ['auto', 'kernel', 'process']),
    pinFolder: env['BPF_PIN_FOLDER'] || undefined,
    echo: readChoice(env, 'ANSWER_PING', ['true', 'false']) === 'true',
    drainOnCordon: readChoice(env, 'DRAIN_ON_CORDON', ['false', 'true']) === 'true',
    fencing: readChoice(env, 'FENCING', ['none', 'majority']),
    uplink: readUplink(env),
    sticky,
    heartbeat: {
      node,
      sticky,
      address: requireEnv('HOST_IP'),
      port: readNumberEnv('HEARTBEAT_PORT', 7473, [1, 65_535]),
      ...readPace(env),
    },
  };
}

function readPod({ POD_NAME: name, POD_UID: uid }: NodeJS.ProcessEnv): Pod | undefined {
  return name && uid ? { name, uid } : undefined;
}

/** Each number by itself goes before the word. */
function readPace(env: NodeJS.ProcessEnv): { intervalMs: number; deadlineMs: number } {
  const pace = PACES[readChoice(env, 'LIVENESS', ['normal', 'fast'])];
  const intervalMs = readNumberEnv('HEARTBEAT_INTERVAL_MS', pace.intervalMs, [10, 10_000]);
  const deadlineMs = readNumberEnv('HEARTBEAT_DEADLINE_MS', pace.deadlineMs, [30, 60_000]);
  if (deadlineMs >= intervalMs * BEATS_LEAST) return { intervalMs, deadlineMs };
  const wanted = `wanted at least ${intervalMs * BEATS_LEAST} with HEARTBEAT_INTERVAL_MS ${intervalMs}`;
  throw new Error(`Cannot start: HEARTBEAT_DEADLINE_MS is ${deadlineMs}, ${wanted}`);
}

function readUplink(env: NodeJS.ProcessEnv): UplinkSettings | undefined {
  const target = env['UPLINK_PROBE'] ?? '';
  // An IPv6 gateway of a link alone carries that link's name.
  const isAddress = parseIp(target.replace(/^(fe[89ab].*)%[^%]+$/i, '$1')) !== undefined;
  if (target !== '' && target !== 'auto' && !isAddress)
    throw new Error(`Cannot start: UPLINK_PROBE is "${target}", wanted the IP address of a gateway, "auto" or nothing`);
  const intervalMs = readNumberEnv('UPLINK_INTERVAL_MS', 500, [100, 60_000]);
  const failures = readNumberEnv('UPLINK_FAILURES', FAILURES_LEAST, [FAILURES_LEAST, 100]);
  return target === '' ? undefined : { target, intervalMs, failures };
}

/** One of a few words; the first when nothing is said. */
function readChoice<T extends string>(env: NodeJS.ProcessEnv, name: string, choices: readonly [T, ...T[]]): T {
  const text = env[name] || choices[0];
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new Error(`Cannot start: ${name} is "${text}", wanted one of ${choices.map((one) => `"${one}"`).join(', ')}`);
}
