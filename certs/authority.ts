// A private certificate authority and the serving certificates it signs (X.509 v3, RFC 5280).
// Keys come from node:crypto, which is fast; node-forge only writes and signs the certificates.
import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate with its private key, both PEM. */
export type KeyedCertificate = { readonly certificate: string; readonly key: string };

export const AUTHORITY_DAYS = 3_650;
export const LEAF_DAYS = 90;

const DAY_MS = 86_400_000;
// Clocks of a cluster disagree a little; a certificate must be valid on all of them at once.
const BACKDATE_MS = 3_600_000;
const SERIAL_BYTES = 16;

export async function createAuthority(now: Date): Promise<KeyedCertificate> {
  const keys = await createKeys();
  const certificate = draft(keys, now, AUTHORITY_DAYS);
  // The serial in the name tells two authorities in one bundle apart.
  const subject = [{ name: 'commonName', value: `arpeggio-webhook-ca-${certificate.serialNumber.slice(-8)}` }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return sign(certificate, keys.key, keys.key);
}

/** A serving certificate for `names`; the first one is also the common name. */
export async function createLeaf(
  authority: KeyedCertificate,
  names: readonly string[],
  now: Date,
): Promise<KeyedCertificate> {
  const keys = await createKeys();
  const issuer = forge.pki.certificateFromPem(authority.certificate);
  const certificate = draft(keys, now, LEAF_DAYS);
  certificate.setSubject([{ name: 'commonName', value: (names[0] ?? '').slice(0, 64) }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  return sign(certificate, authority.key, keys.key);
}

type Keys = { readonly publicKey: string; readonly key: string };

async function createKeys(): Promise<Keys> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey, key: privateKey };
}

function draft({ publicKey }: Keys, now: Date, days: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = createSerial();
  certificate.validity.notBefore = new Date(now.getTime() - BACKDATE_MS);
  certificate.validity.notAfter = new Date(now.getTime() + days * DAY_MS);
  return certificate;
}

/** Hex of a positive number with a fixed length: the first byte is 0x40 to 0x7f. */
function createSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function sign(certificate: forge.pki.Certificate, signingKey: string, ownKey: string): KeyedCertificate {
  certificate.sign(forge.pki.privateKeyFromPem(signingKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: ownKey };
}
