// When certificates must be made anew: a pure decision over what is stored, the names wanted, and the time.
import { createPrivateKey, X509Certificate } from 'node:crypto';

/** PEM texts as the Secret holds them; anything may be missing or broken. */
export type StoredCertificates = {
  readonly authority?: string;
  readonly authorityKey?: string;
  /** The authority before the last change, trusted until every replica serves a leaf of the new one. */
  readonly previousAuthority?: string;
  readonly leaf?: string;
  readonly leafKey?: string;
};

export type RenewalReason =
  | 'Valid'
  | 'AuthorityMissing'
  | 'AuthorityUnreadable'
  | 'AuthorityDue'
  | 'LeafMissing'
  | 'LeafUnreadable'
  | 'LeafNotOfAuthority'
  | 'LeafNamesDiffer'
  | 'LeafDue'
  | 'PreviousAuthorityDone';

export type Renewal = {
  readonly decision: 'keep' | 'renew-leaf' | 'renew-all' | 'drop-previous';
  readonly reason: RenewalReason;
};

const RENEW_AT = 2 / 3;
/** Every replica looks at least once a minute; a day also covers one that was away. */
const PREVIOUS_LIFE_MS = 86_400_000;

/** The names the API server may use for the webhook's Service. */
export function webhookNames(namespace: string): string[] {
  return [`webhook.${namespace}.svc`, `webhook.${namespace}.svc.cluster.local`];
}

export function decideRenewal(stored: StoredCertificates, names: readonly string[], now: Date): Renewal {
  const authorityReason = judgeAuthority(stored, now);
  if (authorityReason) return { decision: 'renew-all', reason: authorityReason };
  const leafReason = judgeLeaf(stored, names, now);
  if (leafReason) return { decision: 'renew-leaf', reason: leafReason };
  if (isPreviousDone(stored, now)) return { decision: 'drop-previous', reason: 'PreviousAuthorityDone' };
  return { decision: 'keep', reason: 'Valid' };
}

/** The authorities a client should trust: the present one first. */
export function trustBundle({ authority, previousAuthority }: StoredCertificates): string {
  return mergeBundles(authority ?? '', previousAuthority ?? '');
}

/** Each certificate once, in order. */
export function mergeBundles(...bundles: readonly string[]): string {
  const unique = new Set(bundles.flatMap(splitBundle));
  return Array.from(unique, (pem) => `${pem}\n`).join('');
}

/** True when one of the authorities in the bundle signed the leaf. */
export function isTrusted(leaf: string, bundle: string): boolean {
  const certificate = readCertificate(leaf);
  return certificate !== undefined && splitBundle(bundle).some((pem) => isSignedBy(certificate, readCertificate(pem)));
}

function splitBundle(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function judgeAuthority({ authority, authorityKey }: StoredCertificates, now: Date): RenewalReason | undefined {
  if (!(authority && authorityKey)) return 'AuthorityMissing';
  const certificate = readCertificate(authority);
  if (!(certificate?.ca && isKeyOf(certificate, authorityKey))) return 'AuthorityUnreadable';
  return isDue(certificate, now) ? 'AuthorityDue' : undefined;
}

function judgeLeaf(stored: StoredCertificates, names: readonly string[], now: Date): RenewalReason | undefined {
  const { authority, leaf, leafKey } = stored;
  if (!(leaf && leafKey)) return 'LeafMissing';
  const certificate = readCertificate(leaf);
  if (!(certificate && isKeyOf(certificate, leafKey))) return 'LeafUnreadable';
  if (!isSignedBy(certificate, readCertificate(authority ?? ''))) return 'LeafNotOfAuthority';
  if (names.some((name) => certificate.checkHost(name, { subject: 'never' }) === undefined)) return 'LeafNamesDiffer';
  return isDue(certificate, now) ? 'LeafDue' : undefined;
}

function isPreviousDone({ authority, previousAuthority }: StoredCertificates, now: Date): boolean {
  if (previousAuthority === undefined) return false;
  const since = readCertificate(authority ?? '')?.validFromDate;
  return since === undefined || now.getTime() - since.getTime() > PREVIOUS_LIFE_MS;
}

/** Past two thirds of its life, or not valid yet. */
function isDue({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  const from = validFromDate.getTime();
  const life = validToDate.getTime() - from;
  return now.getTime() < from || now.getTime() >= from + life * RENEW_AT;
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate | undefined): boolean {
  return authority !== undefined && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
