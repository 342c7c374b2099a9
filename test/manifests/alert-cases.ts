// For each alert a world in which it fires and one, close by, in which it does not; promtool plays both.
export type AlertCase = {
  readonly alert: string;
  readonly fires: readonly Series[];
  readonly quiet: readonly Series[];
  /** Minutes from the start of the world to the look at it; 15 where nothing is said. */
  readonly minutes?: number;
};

/** A series of a sample every 15 seconds, in promtool's notation. */
export type Series = { readonly series: string; readonly values: string };

const SAMPLES = 400;

function stays(series: string, value: number): Series {
  return { series, values: `${value}+0x${SAMPLES}` };
}

/** By so much each 15 seconds. */
function grows(series: string, step: number): Series {
  return { series, values: `0+${step}x${SAMPLES}` };
}

/** Moves once, five minutes after the start. */
function jumps(series: string, by: number): Series {
  return { series, values: `0x20 ${by}+0x${SAMPLES}` };
}

const pool = (used: number, total: number, family = 'ipv4') => [
  stays(`metallb_allocator_${family}_addresses_in_use_total{pool="a", pod="x"}`, used),
  stays(`metallb_allocator_${family}_addresses_total{pool="a", pod="x"}`, total),
];
const announced = (ip: string, node: string) =>
  stays(`metallb_speaker_announced{ip="${ip}", node="${node}", service="default/web", protocol="layer2"}`, 1);
const planned = (node: string, reason: string, count: number) =>
  stays(`arpeggio_addresses{node="${node}", reason="${reason}"}`, count);
const speakerUp = (node: string, up: number) => stays(`up{job="arpeggio-speaker", node="${node}"}`, up);
const peers = (node: string, count: number) => stays(`arpeggio_peers_live{node="${node}", ready="true"}`, count);

const ALLOCATION: readonly AlertCase[] = [
  { alert: 'ArpeggioPoolNearlyFull', fires: pool(9, 10), quiet: pool(8, 10) },
  {
    alert: 'ArpeggioPoolExhausted',
    fires: [...pool(10, 10), ...pool(1, 2 ** 64, 'ipv6')],
    quiet: [...pool(1, 1), ...pool(9, 10, 'ipv6')],
  },
  {
    alert: 'ArpeggioServiceWithoutAddress',
    fires: [stays('arpeggio_services{reason="PortInUse"}', 1)],
    quiet: [stays('arpeggio_services{reason="Allocated"}', 9)],
  },
  {
    alert: 'ArpeggioNoLeaseHolder',
    fires: [stays('arpeggio_lease_held{pod="a"}', 0), stays('arpeggio_lease_held{pod="b"}', 0)],
    quiet: [stays('arpeggio_lease_held{pod="a"}', 0), stays('arpeggio_lease_held{pod="b"}', 1)],
  },
  {
    alert: 'ArpeggioConfigurationRejected',
    fires: [stays('metallb_k8s_client_config_stale_bool{job="arpeggio-speaker", pod="a"}', 1)],
    quiet: [stays('metallb_k8s_client_config_stale_bool{job="arpeggio-speaker", pod="a"}', 0)],
  },
  {
    alert: 'ArpeggioConfigurationNotLoaded',
    fires: [stays('metallb_k8s_client_config_loaded_bool{job="arpeggio-speaker", pod="a"}', 0)],
    quiet: [stays('metallb_k8s_client_config_loaded_bool{job="arpeggio-speaker", pod="a"}', 1)],
  },
];

const WEBHOOK: readonly AlertCase[] = [
  {
    alert: 'ArpeggioWebhookDown',
    fires: [stays('up{job="arpeggio-webhook", pod="a"}', 0)],
    quiet: [stays('up{job="arpeggio-webhook", pod="a"}', 0), stays('up{job="arpeggio-webhook", pod="b"}', 1)],
  },
  {
    alert: 'ArpeggioReviewsFailing',
    fires: [grows('arpeggio_webhook_reviews_total{verdict="failed"}', 1)],
    quiet: [grows('arpeggio_webhook_reviews_total{verdict="denied"}', 1)],
  },
  {
    alert: 'ArpeggioReviewsSlow',
    fires: [
      grows('arpeggio_webhook_review_seconds_bucket{le="0.5"}', 1),
      grows('arpeggio_webhook_review_seconds_bucket{le="1"}', 2),
      grows('arpeggio_webhook_review_seconds_bucket{le="+Inf"}', 2),
    ],
    quiet: [
      grows('arpeggio_webhook_review_seconds_bucket{le="0.5"}', 2),
      grows('arpeggio_webhook_review_seconds_bucket{le="+Inf"}', 2),
    ],
  },
  {
    alert: 'ArpeggioReviewsDenied',
    fires: [grows('arpeggio_webhook_reviews_total{verdict="denied", resource="services", reason="PortInUse"}', 1)],
    quiet: [jumps('arpeggio_webhook_reviews_total{verdict="denied", resource="services", reason="PortInUse"}', 9)],
  },
  {
    alert: 'ArpeggioCertificateExpires',
    fires: [stays('arpeggio_webhook_certificate_expiry_timestamp_seconds{pod="a"}', 19 * 86_400)],
    quiet: [stays('arpeggio_webhook_certificate_expiry_timestamp_seconds{pod="a"}', 30 * 86_400)],
    minutes: 70,
  },
];

const PROGRAMS: readonly AlertCase[] = [
  {
    alert: 'ArpeggioStartRefused',
    fires: [stays('arpeggio_start_refused{job="arpeggio-webhook", pod="a"}', 1)],
    quiet: [stays('arpeggio_start_refused{job="arpeggio-webhook", pod="a"}', 0)],
  },
  {
    alert: 'ArpeggioApiWritesFailing',
    fires: [grows('arpeggio_api_writes_total{job="arpeggio-controller", resource="services/status", code="403"}', 1)],
    quiet: [grows('arpeggio_api_writes_total{job="arpeggio-controller", resource="services/status", code="409"}', 1)],
  },
  {
    alert: 'ArpeggioLogLinesDropped',
    fires: [jumps('arpeggio_log_lines_dropped_total{job="arpeggio-speaker", pod="a"}', 5)],
    quiet: [stays('arpeggio_log_lines_dropped_total{job="arpeggio-speaker", pod="a"}', 5)],
  },
];

const OWNERSHIP: readonly AlertCase[] = [
  {
    alert: 'ArpeggioAddressWithoutOwner',
    fires: [planned('a', 'notOwner', 1), planned('a', 'announce', 1), announced('10.0.0.1', 'a')],
    quiet: [planned('a', 'noEndpoints', 1), planned('a', 'announce', 1), announced('10.0.0.1', 'a')],
  },
  {
    alert: 'ArpeggioAddressNotAnnounced',
    fires: [planned('a', 'notAdvertised', 1)],
    quiet: [planned('a', 'noEndpoints', 1)],
  },
  {
    alert: 'ArpeggioAddressConflict',
    fires: [planned('a', 'addressConflict', 1)],
    quiet: [grows('arpeggio_foreign_claims_total{node="a", by="peer"}', 1)],
  },
  {
    alert: 'ArpeggioAddressWithTwoOwners',
    fires: [announced('10.0.0.1', 'a'), announced('10.0.0.1', 'b')],
    quiet: [announced('10.0.0.1', 'a'), announced('10.0.0.2', 'b')],
  },
  {
    alert: 'ArpeggioAddressFlapping',
    fires: [jumps('arpeggio_address_starts_total{ip="10.0.0.1", node="a"}', 6)],
    quiet: [jumps('arpeggio_address_starts_total{ip="10.0.0.1", node="a"}', 2)],
  },
  {
    alert: 'ArpeggioNodeFenced',
    fires: [stays('arpeggio_fenced{node="a"}', 1)],
    quiet: [stays('arpeggio_fenced{node="a"}', 0)],
  },
  {
    alert: 'ArpeggioUplinkDown',
    fires: [stays('arpeggio_uplink_down{node="a"}', 1)],
    quiet: [stays('arpeggio_uplink_down{node="a"}', 0)],
  },
];

const SPEAKER: readonly AlertCase[] = [
  { alert: 'ArpeggioSpeakerDown', fires: [speakerUp('a', 0)], quiet: [speakerUp('a', 1)] },
  {
    alert: 'ArpeggioSpeakerNotReady',
    fires: [stays('arpeggio_peers_live{node="a", ready="false"}', 1)],
    quiet: [stays('arpeggio_peers_live{node="a", ready="true"}', 1)],
  },
  {
    alert: 'ArpeggioSpeakerCutOff',
    fires: [speakerUp('a', 1), speakerUp('b', 1), speakerUp('c', 1), peers('a', 1)],
    quiet: [speakerUp('a', 1), speakerUp('b', 1), speakerUp('c', 0), peers('a', 1)],
  },
  {
    alert: 'ArpeggioNodeWronglyDead',
    fires: [jumps('arpeggio_accusations_total{node="a"}', 3)],
    quiet: [jumps('arpeggio_accusations_total{node="a"}', 1)],
  },
  {
    alert: 'ArpeggioSpeakerStalls',
    fires: [jumps('arpeggio_stalls_total{node="a"}', 6)],
    quiet: [jumps('arpeggio_stalls_total{node="a"}', 2)],
  },
  {
    alert: 'ArpeggioHeartbeatKeyMismatch',
    fires: [grows('arpeggio_heartbeats_ignored_total{node="a", reason="WrongKey"}', 1)],
    quiet: [jumps('arpeggio_heartbeats_ignored_total{node="a", reason="WrongKey"}', 40)],
  },
  {
    alert: 'ArpeggioHeartbeatsNotSent',
    fires: [grows('arpeggio_heartbeat_send_failures_total{node="a"}', 1)],
    quiet: [stays('arpeggio_heartbeat_send_failures_total{node="a"}', 3)],
  },
  {
    alert: 'ArpeggioFramesNotSent',
    fires: [grows('arpeggio_send_failures_total{node="a", iface="eth0"}', 1)],
    quiet: [stays('arpeggio_send_failures_total{node="a", iface="eth0"}', 3)],
  },
  {
    alert: 'ArpeggioGroupNotJoined',
    fires: [jumps('arpeggio_group_failures_total{node="a", iface="eth0"}', 1)],
    quiet: [stays('arpeggio_group_failures_total{node="a", iface="eth0"}', 1)],
  },
  {
    alert: 'ArpeggioNotInKernel',
    fires: [
      stays('arpeggio_responder{node="a", where="process"}', 1),
      stays('arpeggio_responder{node="b", where="kernel"}', 1),
    ],
    quiet: [
      stays('arpeggio_responder{node="a", where="process"}', 1),
      stays('arpeggio_responder{node="b", where="process"}', 1),
    ],
  },
  {
    alert: 'ArpeggioKernelMapFull',
    fires: [stays('arpeggio_kernel_overflow_addresses{node="a", iface="eth0"}', 7)],
    quiet: [stays('arpeggio_kernel_overflow_addresses{node="a", iface="eth0"}', 0)],
  },
];

export const ALERT_CASES = [...ALLOCATION, ...WEBHOOK, ...PROGRAMS, ...OWNERSHIP, ...SPEAKER];
