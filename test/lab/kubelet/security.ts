// The identity a container runs with: user, groups and exactly the capabilities its template grants.
import type { User } from './image.ts';
import type { Container, PodSpec } from './pod.ts';

// What container runtimes grant when a template says nothing.
const usual = [
  ...['chown', 'dac_override', 'fsetid', 'fowner', 'mknod', 'net_raw', 'setgid', 'setuid', 'setfcap', 'setpcap'],
  ...['net_bind_service', 'sys_chroot', 'kill', 'audit_write'],
];

export type Identity = User & {
  readonly groups: readonly number[];
  /** Lower case, without `cap_`; all of them for a privileged container. */
  readonly capabilities: readonly string[] | 'all';
  readonly noNewPrivileges: boolean;
  /** Whether system calls are filtered as the runtime has it. */
  readonly isFiltered: boolean;
};

export function identityOf(spec: PodSpec, container: Container, user: User): Identity | { readonly problem: string } {
  const own = { ...spec.securityContext, ...container.securityContext };
  const uid = own.runAsUser ?? user.uid;
  if (own.runAsNonRoot && uid === 0) {
    return { problem: 'container has runAsNonRoot and image will run as root' };
  }
  if (own.seccompProfile?.type === 'Localhost') {
    return { problem: 'container wants a seccomp profile of its node, and the nodes of the lab have none' };
  }
  const { supplementalGroups = [], fsGroup } = spec.securityContext ?? {};
  return {
    uid,
    gid: own.runAsGroup ?? (own.runAsUser === undefined ? user.gid : 0),
    groups: [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])],
    capabilities: own.privileged ? 'all' : grantedCapabilities(container),
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    isFiltered: own.seccompProfile?.type === 'RuntimeDefault' && !own.privileged,
  };
}

function grantedCapabilities(container: Container): readonly string[] | 'all' {
  const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
  const name = (text: string) => text.toLowerCase().replace(/^cap_/, '');
  const dropped = new Set(drop.map(name));
  const base = dropped.has('all') ? [] : usual.filter((capability) => !dropped.has(capability));
  const granted = new Set([...base, ...add.map(name)]);
  return granted.has('all') ? 'all' : [...granted];
}

/** The command that changes into the identity; as with the real thing a non-root user ends with no capability. */
export function setprivOf({ uid, gid, groups, capabilities, noNewPrivileges }: Identity): string[] {
  const set = capabilities === 'all' ? '+all' : ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  return [
    ...['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`],
    ...(groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups']),
    ...['--inh-caps', '-all', '--ambient-caps', '-all', '--bounding-set', set],
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    '--',
  ];
}
