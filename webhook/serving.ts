// From the Secret to served reviews: certificate, server, registration, always in this order (design 2, registration comes last).
import type { RequestListener } from 'node:http';
import { isTrusted, mergeBundles, readCertificate, type StoredCertificates, trustBundle } from '#certs/renewal.ts';
import { ensureCertificates, readSecret, type SecretObject, secretsPath } from '#certs/secret.ts';
import { WEBHOOK_SECRET_NAME } from '#core/names.ts';
import { type Cache, openCache } from '#platform/cache.ts';
import type { Cluster } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import { openWorker } from '#platform/worker.ts';
import type { ReviewMetrics } from './metrics.ts';
import { openRegistrar, type Registrar } from './registration.ts';
import { openReviewServer, type ReviewServer, type ServingCertificate } from './server.ts';

export type ServingOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly app: RequestListener;
  readonly port: number;
  readonly isWorldSynced: () => boolean;
  readonly metrics: ReviewMetrics;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type Serving = {
  /** True when the API server, with the stored authority, would get an answer. */
  isReady(): boolean;
  /** Looks at the certificates and the registration again. */
  markDirty(): void;
  drain(): Promise<void>;
};

const CHECK_EVERY_MS = 60_000;

export function openServing(options: ServingOptions): Serving {
  const { isWorldSynced, log, signal } = options;
  const onChange = () => worker.markDirty();
  let state: State = {};
  const worker = openWorker(
    async () => {
      const stored = await ensureStored(options, state.served);
      state = await serve({ options, registrar, state }, stored);
      if (isWorldSynced()) await registrar.register(trustBundle(stored));
    },
    { signal, log },
  );
  const registrar = openRegistrar({ ...options, onChange });
  const secret = openSecret(options, onChange);
  const timer = setInterval(onChange, CHECK_EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(timer));

  return {
    isReady() {
      const { served } = state;
      if (!(served?.leaf && isWorldSynced())) return false;
      return isTrusted(served.leaf, trustBundle(secret.values()[0] ?? served));
    },
    markDirty: onChange,
    drain: async () => state.server?.drain(),
  };
}

type State = { readonly server?: ReviewServer; readonly served?: StoredCertificates };

type Step = { readonly options: ServingOptions; readonly registrar: Registrar; readonly state: State };

function ensureStored(
  { cluster, namespace, log }: ServingOptions,
  served: StoredCertificates | undefined,
): Promise<StoredCertificates> {
  return ensureCertificates({
    cluster,
    namespace,
    served,
    now: () => new Date(),
    onRenewed: ({ decision, reason }) => log.info({ decision, reason }, 'certificates renewed'),
  });
}

/** Serves what is stored. A leaf of a new authority must wait for the API servers to take up that authority. */
async function serve({ options, registrar, state }: Step, stored: StoredCertificates): Promise<State> {
  const { server, served } = state;
  if (served?.leaf === stored.leaf && server) return { server, served: stored };
  const leaf = stored.leaf ?? '';
  const serving: ServingCertificate = { certificate: leaf, key: stored.leafKey ?? '' };
  if (server && served && !isTrusted(leaf, trustBundle(served))) {
    await registrar.extendTrust(mergeBundles(trustBundle(stored), trustBundle(served)));
  }
  server?.useCertificate(serving);
  const opened = server ?? (await openReviewServer({ app: options.app, port: options.port, serving }));
  options.metrics.setCertificateExpiry(readCertificate(leaf)?.validToDate ?? new Date(0));
  options.log.info({ port: opened.port, expires: readCertificate(leaf)?.validTo }, 'certificate in use');
  return { server: opened, served: stored };
}

function openSecret(
  { cluster, namespace, log, signal }: ServingOptions,
  onChange: () => void,
): Cache<StoredCertificates> {
  return openCache({
    ...{ cluster, log, signal, onChange },
    path: secretsPath(namespace),
    fieldSelector: `metadata.name=${WEBHOOK_SECRET_NAME}`,
    parse: (object: SecretObject) => readSecret(object),
  });
}
