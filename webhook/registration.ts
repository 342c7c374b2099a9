// Keeps the registration in the API server as it should be: applied last, mended when somebody changes it.
import { setTimeout as delay } from 'node:timers/promises';
import { WEBHOOK_CONFIGURATION_NAME } from '#core/names.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import { type Cluster, getObject, patchObject } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import { isRegistered, type RegistrationObject, registrationFor, SERVICE_NAME } from './registration-object.ts';

export type RegistrarOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called when the registration, or who can be reached, changed. */
  readonly onChange: () => void;
};

export type Registrar = {
  /** Registers with this bundle once the API server can reach a ready replica; does nothing until then. */
  register(bundle: string): Promise<void>;
  /** Where a registration stands, makes it trust this bundle and gives the API servers a second to take it up. */
  extendTrust(bundle: string): Promise<void>;
};

type EndpointSliceObject = {
  readonly metadata?: { readonly name?: string };
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
};

const FIELD_MANAGER = 'arpeggio-webhook';
const OWNER = 'arpeggio-webhook';
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
// From a ready endpoint to forwarding rules on the API server's node: kube-proxy syncs about once a second.
const REACHABLE_MS = 2_000;
// An API server trusts a new bundle within 25 ms (measured); several of them may watch late.
const TRUST_MS = 1_000;
// Replicas of two versions must not overwrite each other in a tight loop while a rollout lasts.
const APPLY_EVERY_MS = 1_000;

export function openRegistrar(options: RegistrarOptions): Registrar {
  const { signal } = options;
  const live = openLive(options);
  const ready = openReadiness(options);
  let isReachable = false;
  let applied = Number.NEGATIVE_INFINITY;

  const apply = async (bundle: string) => {
    await delay(Math.max(0, applied + APPLY_EVERY_MS - performance.now()), undefined, { signal });
    if (await applyRegistration(options, live, bundle)) applied = performance.now();
  };

  return {
    async register(bundle) {
      if (!ready.values().some((isReady) => isReady)) return;
      if (!isReachable) await delay(REACHABLE_MS, undefined, { signal });
      isReachable = true;
      await apply(bundle);
    },
    async extendTrust(bundle) {
      if (live.get(WEBHOOK_CONFIGURATION_NAME) === undefined) return;
      await apply(bundle);
      await delay(TRUST_MS, undefined, { signal });
    },
  };
}

/** False when nothing had to change. */
async function applyRegistration(
  { cluster, namespace, log }: RegistrarOptions,
  live: Cache<RegistrationObject>,
  bundle: string,
): Promise<boolean> {
  const owner = { name: OWNER, uid: await readOwnerUid(cluster) };
  const wanted = registrationFor({ namespace, bundle, owner });
  const present = live.get(WEBHOOK_CONFIGURATION_NAME);
  if (isRegistered(present, wanted)) return false;
  const written = await patchObject<RegistrationObject>(cluster, `${CONFIGURATIONS}/${WEBHOOK_CONFIGURATION_NAME}`, {
    type: 'apply',
    body: wanted,
    fieldManager: FIELD_MANAGER,
    force: true,
  });
  live.assume(written, present?.metadata?.resourceVersion ?? '');
  log.info({ registration: WEBHOOK_CONFIGURATION_NAME }, 'webhook registered');
  return true;
}

/** Read at every apply: an owner of another uid would get the registration collected. */
async function readOwnerUid(cluster: Cluster): Promise<string> {
  const role = await getObject<{ metadata?: { uid?: string } }>(cluster, `${CLUSTER_ROLES}/${OWNER}`);
  const uid = role?.metadata?.uid;
  if (uid === undefined) throw new Error(`Cannot register the webhook: ClusterRole "${OWNER}", its owner, is missing`);
  return uid;
}

function openLive({ cluster, log, signal, onChange }: RegistrarOptions): Cache<RegistrationObject> {
  return openCache({
    ...{ cluster, log, signal, onChange },
    path: CONFIGURATIONS,
    fieldSelector: `metadata.name=${WEBHOOK_CONFIGURATION_NAME}`,
    parse: (object: RegistrationObject) => object,
  });
}

/** Whether each EndpointSlice of the webhook's Service names a ready replica. */
function openReadiness({ cluster, namespace, log, signal, onChange }: RegistrarOptions): Cache<boolean> {
  return openCache({
    ...{ cluster, log, signal, onChange },
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    labelSelector: `kubernetes.io/service-name=${SERVICE_NAME}`,
    parse: ({ endpoints }: EndpointSliceObject) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  });
}
