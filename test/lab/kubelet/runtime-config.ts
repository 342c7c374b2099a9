// The configuration from which runc makes a container (OCI runtime-spec 1.0): what containerd would write for a Pod.
import type { Bundle } from './image.ts';
import type { ContainerPlan, Mount } from './plan.ts';

// containerd's own lists.
const maskedPaths = [
  ...['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list'],
  ...['/proc/timer_stats', '/proc/sched_debug', '/sys/firmware', '/proc/scsi'],
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export type Surroundings = {
  /** As the hierarchies of cgroups call it. */
  readonly cgroupsPath: string;
  /** Those a kubelet makes for a Pod. */
  readonly files: readonly Mount[];
  /** The filter of system calls for a container that may have these capabilities. */
  readonly filterFor: (capabilities: readonly string[]) => object;
};

export function runtimeConfig(plan: ContainerPlan, { config }: Bundle, own: Surroundings): object {
  const { capabilities, isFiltered } = plan.identity;
  const granted = capabilities === 'all' ? [] : capabilities.map((name) => `CAP_${name.toUpperCase()}`);
  return {
    ociVersion: config.ociVersion,
    process: processOf(plan, granted),
    root: { path: 'rootfs', readonly: plan.isReadOnly },
    hostname: plan.hostname,
    mounts: [...config.mounts, ...[...own.files, ...plan.mounts].map(bind)],
    linux: {
      resources: config.linux.resources,
      cgroupsPath: own.cgroupsPath,
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
        { type: 'network', path: plan.namespace },
      ],
      ...{ maskedPaths, readonlyPaths },
      ...(isFiltered ? { seccomp: own.filterFor(granted) } : {}),
    },
  };
}

function processOf(plan: ContainerPlan, set: readonly string[]): object {
  const { uid, gid, groups, noNewPrivileges } = plan.identity;
  return {
    terminal: false,
    user: { uid, gid, additionalGids: groups },
    args: plan.command,
    env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    cwd: plan.workingDir,
    // Whoever the user is: without ambient ones, the exec of the program takes them from all but root.
    capabilities: { bounding: set, permitted: set, effective: set, inheritable: [], ambient: [] },
    noNewPrivileges,
  };
}

function bind({ source, target, isReadOnly }: Mount): object {
  return { type: 'bind', source, destination: target, options: ['rbind', 'rprivate', isReadOnly ? 'ro' : 'rw'] };
}
