// The certificates as node's own X.509 and TLS see them: node-forge wrote them, so it may not judge them.
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { before, describe, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { createAuthority, createLeaf, type KeyedCertificate } from '#certs/authority.ts';

const NAMES = ['webhook.metallb-system.svc', 'webhook.metallb-system.svc.cluster.local'];
const NOW = new Date();
const DAY_MS = 86_400_000;

describe('authority', () => {
  let authority: KeyedCertificate;
  let leaf: KeyedCertificate;
  let stranger: KeyedCertificate;
  let ca: X509Certificate;
  let certificate: X509Certificate;

  before(async () => {
    [authority, stranger] = await Promise.all([createAuthority(NOW), createAuthority(NOW)]);
    leaf = await createLeaf(authority, NAMES, NOW);
    ca = new X509Certificate(authority.certificate);
    certificate = new X509Certificate(leaf.certificate);
  });

  test('is a CA that signed itself, with an RSA key of 2048 bits', () => {
    assert.equal(ca.ca, true);
    assert.equal(ca.verify(ca.publicKey), true);
    assert.equal(ca.checkPrivateKey(createPrivateKey(authority.key)), true);
    assert.equal(ca.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  });

  test('signs a leaf that is no CA, for serving only, with its own key', () => {
    assert.equal(certificate.ca, false);
    assert.equal(certificate.checkIssued(ca) && certificate.verify(ca.publicKey), true);
    assert.equal(certificate.checkPrivateKey(createPrivateKey(leaf.key)), true);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  });

  test('signs for the names of the Service and no others', () => {
    assert.equal(certificate.subjectAltName, NAMES.map((name) => `DNS:${name}`).join(', '));
  });

  test('lives 10 years, its leaf 90 days, both from a little before now', () => {
    for (const [one, days] of [
      [ca, 3_650],
      [certificate, 90],
    ] as const) {
      const before = NOW.getTime() - one.validFromDate.getTime();
      const after = one.validToDate.getTime() - NOW.getTime();
      assert.ok(before >= 60_000 && before < DAY_MS, `starts ${before} ms before now`);
      assert.ok(Math.abs(after - days * DAY_MS) < 1_000, `ends ${after} ms after now`);
    }
  });

  test('gives every certificate a positive serial number of its own', () => {
    const serials = [ca, certificate, new X509Certificate(stranger.certificate)].map((one) => one.serialNumber);
    assert.equal(new Set(serials).size, 3);
    for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
  });

  const handshakes = [
    { trusted: 'its authority', bundle: () => authority.certificate, name: NAMES[0], error: undefined },
    {
      trusted: 'a bundle of two authorities',
      bundle: () => stranger.certificate + authority.certificate,
      name: NAMES[1],
      error: undefined,
    },
    { trusted: 'another authority', bundle: () => stranger.certificate, name: NAMES[0], error: /unable to verify/ },
    { trusted: 'its authority', bundle: () => authority.certificate, name: 'other.svc', error: /not in the cert's/ },
  ];
  for (const { trusted, bundle, name, error } of handshakes) {
    test(`${error ? 'refuses' : 'completes'} a TLS handshake for ${name} with trust in ${trusted}`, async () => {
      const outcome = await handshake(leaf, bundle(), name ?? '');
      if (error) assert.match(outcome, error);
      else assert.equal(outcome, 'authorized');
    });
  }
});

async function handshake(leaf: KeyedCertificate, ca: string, servername: string): Promise<string> {
  const server = createServer({ cert: leaf.certificate, key: leaf.key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', ca, servername });
  const outcome = await once(socket, 'secureConnect').then(
    () => 'authorized',
    (error: Error) => error.message,
  );
  socket.destroy();
  server.close();
  return outcome;
}
