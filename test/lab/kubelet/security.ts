// The identity a container runs with: user, groups and exactly the capabilities its template grants.
import type { Container, PodSpec } from './pod.ts';

// What container runtimes grant when a template says nothing.
const usual = [
  ...['chown', 'dac_override', 'fsetid', 'fowner', 'mknod', 'net_raw', 'setgid', 'setuid', 'setfcap', 'setpcap'],
  ...['net_bind_service', 'sys_chroot', 'kill', 'audit_write'],
];

export type Identity = { readonly problem: string } | { readonly argv: readonly string[] };

/** The command that changes into the identity, for setpriv; as with the real thing a non-root user ends with none. */
export function identityOf(spec: PodSpec, container: Container): Identity {
  const own = { ...spec.securityContext, ...container.securityContext };
  const user = own.runAsUser ?? 0;
  if (own.runAsNonRoot && user === 0) {
    return { problem: 'container has runAsNonRoot and image will run as root' };
  }
  const group = own.runAsGroup ?? 0;
  const more = [
    ...(spec.securityContext?.supplementalGroups ?? []),
    ...(spec.securityContext?.fsGroup === undefined ? [] : [spec.securityContext.fsGroup]),
  ];
  const groups = more.length > 0 ? ['--groups', more.join(',')] : ['--clear-groups'];
  const capabilities = own.privileged ? [] : capabilityFlags(grantedCapabilities(container));
  const noNew = own.allowPrivilegeEscalation === false ? ['--no-new-privs'] : [];
  return { argv: ['setpriv', '--reuid', `${user}`, '--regid', `${group}`, ...groups, ...capabilities, ...noNew, '--'] };
}

export function grantedCapabilities(container: Container): string[] {
  const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
  const name = (text: string) => text.toLowerCase().replace(/^cap_/, '');
  const dropped = new Set(drop.map(name));
  const base = dropped.has('all') ? [] : usual.filter((capability) => !dropped.has(capability));
  return [...new Set([...base, ...add.map(name)])];
}

function capabilityFlags(granted: readonly string[]): string[] {
  const set = granted.includes('all') ? '+all' : ['-all', ...granted.map((name) => `+${name}`)].join(',');
  return ['--inh-caps', '-all', '--ambient-caps', '-all', '--bounding-set', set];
}
