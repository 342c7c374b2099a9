// What is wrong with the programs themselves, or beside them: every Service may feel it. Pure.
import { WEBHOOK_CONFIGURATION_NAME } from '#core/names.ts';
import { formatProblem } from '#core/problem.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Finding } from './finding.ts';
import { podsOf } from './programs.ts';
import type { Snapshot } from './snapshot.ts';

/** The holder renews every second; the rest is for clocks that differ. */
const LEASE_STALE_MS = 30_000;

export function programFindings(snapshot: Snapshot): Finding[] {
  return [
    ...configurationFindings(snapshot),
    ...controllerFindings(snapshot),
    ...speakerFindings(snapshot),
    ...webhookFindings(snapshot),
    ...kubeProxyFindings(snapshot),
    ...unreadFindings(snapshot),
  ];
}

function configurationFindings({ configuration }: Snapshot): Finding[] {
  return configuration.problems.map((problem) => {
    const { kind, name } = problem.object;
    const message = `${kind} "${name}" is invalid, the last good configuration stays in use: ${formatProblem(problem)}`;
    return { level: 'error', reason: 'ConfigurationInvalid', message };
  });
}

function controllerFindings({ pods, lease, unread, now }: Snapshot): Finding[] {
  if (unread.has('pods')) return [];
  const error = (reason: string, message: string): Finding[] => [{ level: 'error', reason, message }];
  if (!podsOf(pods, 'controller').some(({ isReady }) => isReady))
    return error('ControllerNotReady', 'no Pod of the controller is ready: Services get no addresses');
  if (unread.has('lease')) return [];
  const { holderIdentity, renewTime } = lease?.spec ?? {};
  if (!holderIdentity) return error('NoLeaseHolder', 'no controller holds the Lease: Services get no addresses');
  if (now - Date.parse(renewTime ?? '') <= LEASE_STALE_MS) return [];
  return error('LeaseStale', `the controller "${holderIdentity}" renewed its Lease last at ${renewTime}`);
}

function speakerFindings({ pods, nodes, unread }: Snapshot): Finding[] {
  if (unread.has('pods')) return [];
  const ready = new Set(podsOf(pods, 'speaker').flatMap(({ node, isReady }) => (isReady ? [node] : [])));
  const missing = Array.from(nodes.keys()).filter((node) => !ready.has(node));
  if (ready.size === 0)
    return [{ level: 'error', reason: 'NoSpeaker', message: 'no speaker is ready: no address is announced' }];
  if (missing.length === 0) return [];
  return [{ level: 'warning', reason: 'SpeakerNotReady', message: `no speaker is ready on ${nameSome(missing)}` }];
}

/** Where the API server sends reviews is read from the registration itself. */
function webhookFindings({ registration, servingNodes, unread }: Snapshot): Finding[] {
  if (unread.has('registration')) return [];
  const warn = (reason: string, message: string): Finding => ({ level: 'warning', reason, message });
  if (!registration?.webhooks?.length) {
    const name = `ValidatingWebhookConfiguration "${WEBHOOK_CONFIGURATION_NAME}"`;
    return [warn('WebhookNotRegistered', `${name} is missing: mistakes in Services and pools are not refused`)];
  }
  const services = registration.webhooks.map(({ clientConfig }) => clientConfig?.service);
  const keys = new Set(services.map((service) => `${service?.namespace}/${service?.name}`));
  const dead = Array.from(keys).filter((key) => !servingNodes.has(key));
  return dead.map((key) => {
    const message = `Service ${key} has no ready endpoint: Services are not checked at admission, and pools are refused`;
    return warn('WebhookUnreachable', message);
  });
}

function kubeProxyFindings({ kubeProxy }: Snapshot): Finding[] {
  if (kubeProxy?.mode !== 'ipvs' || kubeProxy.strictArp) return [];
  const message =
    'kube-proxy runs in IPVS mode with ipvs.strictARP false: every node answers ARP for every address, wanted strictARP: true';
  return [{ level: 'error', reason: 'StrictArpOff', message }];
}

function unreadFindings({ unread }: Snapshot): Finding[] {
  if (unread.size === 0) return [];
  const message = `not looked at, because your rights do not allow it: ${[...unread].sort().join(', ')}`;
  return [{ level: 'info', reason: 'Forbidden', message }];
}
