// The Secret that holds the certificates: read through the API, made or renewed by whoever finds it lacking.
// Replicas that race agree on the one that was written first.

import { WEBHOOK_SECRET_NAME } from '#core/names.ts';
import { ApiError, type Cluster, createObject, getObject, replaceObject } from '#platform/cluster.ts';
import { createAuthority, createLeaf } from './authority.ts';
import { decideRenewal, type Renewal, readCertificate, type StoredCertificates, webhookNames } from './renewal.ts';

/** The part of the wire object that is read and written. */
export type SecretObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly type?: string;
  readonly data?: { readonly [key: string]: string };
};

export type EnsureOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly now: () => Date;
  /** What this replica serves now; where the Secret was lost, clients trust it on beside the new authority. */
  readonly served?: StoredCertificates | undefined;
  /** Told about each renewal that was written. */
  readonly onRenewed: (renewal: Renewal) => void;
};

const KEYS = {
  authority: 'ca.crt',
  authorityKey: 'ca.key',
  previousAuthority: 'ca-previous.crt',
  leaf: 'tls.crt',
  leafKey: 'tls.key',
} as const;

const CONFLICTS_MOST = 10;

/** The certificates as stored, after making or renewing what was missing, broken or due. */
export async function ensureCertificates(options: EnsureOptions): Promise<StoredCertificates> {
  const { cluster, namespace, now, served, onRenewed } = options;
  for (let attempt = 0; attempt < CONFLICTS_MOST; attempt++) {
    const secret = await getObject<SecretObject>(cluster, `${secretsPath(namespace)}/${WEBHOOK_SECRET_NAME}`);
    const stored = readSecret(secret ?? {});
    const renewal = decideRenewal(stored, webhookNames(namespace), now());
    if (renewal.decision === 'keep') return stored;
    const renewed = await renew(stored, renewal, { names: webhookNames(namespace), now: now(), served });
    if (await write(options, secret, renewed)) {
      onRenewed(renewal);
      return renewed;
    }
  }
  throw new Error(`Cannot agree on Secret "${WEBHOOK_SECRET_NAME}": ${CONFLICTS_MOST} conflicting writes in a row`);
}

export function readSecret({ data = {} }: SecretObject): StoredCertificates {
  const entries = Object.entries(KEYS).flatMap(([field, key]) => {
    const text = Buffer.from(data[key] ?? '', 'base64').toString('utf8');
    return text === '' ? [] : [[field, text]];
  });
  return Object.fromEntries(entries) as StoredCertificates;
}

export function secretData(stored: StoredCertificates): { [key: string]: string } {
  const entries = Object.entries(stored) as [keyof StoredCertificates, string][];
  return Object.fromEntries(entries.map(([field, pem]) => [KEYS[field], Buffer.from(pem).toString('base64')]));
}

export function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

export type RenewInput = {
  readonly names: readonly string[];
  readonly now: Date;
  readonly served?: StoredCertificates | undefined;
};

/** What to store next; only what the decision names is made anew. */
export async function renew(
  stored: StoredCertificates,
  { decision }: Renewal,
  { names, now, served }: RenewInput,
): Promise<StoredCertificates> {
  const { previousAuthority, ...rest } = stored;
  if (decision === 'drop-previous') return rest;
  if (decision === 'renew-all') {
    const authority = await createAuthority(now);
    const leaf = await createLeaf(authority, names, now);
    return { ...named(authority, leaf), ...previousOf(served ?? stored) };
  }
  const authority = { certificate: stored.authority ?? '', key: stored.authorityKey ?? '' };
  const leaf = await createLeaf(authority, names, now);
  return { ...named(authority, leaf), ...(previousAuthority === undefined ? {} : { previousAuthority }) };
}

type Keyed = { readonly certificate: string; readonly key: string };

function named(authority: Keyed, leaf: Keyed): StoredCertificates {
  return {
    authority: authority.certificate,
    authorityKey: authority.key,
    leaf: leaf.certificate,
    leafKey: leaf.key,
  };
}

function previousOf({ authority }: StoredCertificates): StoredCertificates {
  return authority !== undefined && readCertificate(authority) ? { previousAuthority: authority } : {};
}

/** False when another replica was faster. */
async function write(
  { cluster, namespace }: EnsureOptions,
  secret: SecretObject | undefined,
  stored: StoredCertificates,
): Promise<boolean> {
  const data = secretData(stored);
  const path = secretsPath(namespace);
  try {
    if (secret) await replaceObject(cluster, `${path}/${WEBHOOK_SECRET_NAME}`, { ...secret, data });
    else await createObject(cluster, path, newSecret(namespace, data));
    return true;
  } catch (error) {
    const raced = error instanceof ApiError && (error.status === 409 || (error.status === 404 && secret));
    if (raced) return false;
    throw error;
  }
}

function newSecret(namespace: string, data: { [key: string]: string }): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: WEBHOOK_SECRET_NAME, namespace, labels: { 'app.kubernetes.io/name': 'arpeggio' } },
    data,
  };
}
