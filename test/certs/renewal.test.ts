// Renewal as a table: what is stored, when, and what follows.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createAuthority, createLeaf } from '#certs/authority.ts';
import {
  decideRenewal,
  isTrusted,
  mergeBundles,
  type StoredCertificates,
  trustBundle,
  webhookNames,
} from '#certs/renewal.ts';
import { readSecret, renew, secretData } from '#certs/secret.ts';

const START = new Date('2026-01-01T00:00:00Z');
const NAMES = webhookNames('metallb-system');

function days(count: number): Date {
  return new Date(START.getTime() + count * 86_400_000);
}

describe('decideRenewal', () => {
  let good: StoredCertificates;
  let other: StoredCertificates;

  before(async () => {
    [good, other] = await Promise.all([createStored(), createStored()]);
  });

  const cases: [string, (stored: StoredCertificates) => StoredCertificates, number, string, string][] = [
    ['keeps fresh certificates', (s) => s, 0, 'keep', 'Valid'],
    ['keeps a leaf before two thirds of its life', (s) => s, 59, 'keep', 'Valid'],
    ['renews a leaf past two thirds of its life', (s) => s, 60.1, 'renew-leaf', 'LeafDue'],
    ['renews an expired leaf', (s) => s, 91, 'renew-leaf', 'LeafDue'],
    ['renews a leaf that is not valid yet with its authority', (s) => s, -1, 'renew-all', 'AuthorityDue'],
    ['renews an authority past two thirds of its life', (s) => s, 2_434, 'renew-all', 'AuthorityDue'],
    ['makes all where nothing is stored', () => ({}), 0, 'renew-all', 'AuthorityMissing'],
    [
      'makes all where the key of the authority is lost',
      ({ authorityKey: _, ...s }) => s,
      0,
      'renew-all',
      'AuthorityMissing',
    ],
    [
      'makes all where the authority cannot be read',
      (s) => ({ ...s, authority: 'x' }),
      0,
      'renew-all',
      'AuthorityUnreadable',
    ],
    [
      'makes all where the key is of another authority',
      (s) => ({ ...s, authorityKey: other.authorityKey ?? '' }),
      0,
      'renew-all',
      'AuthorityUnreadable',
    ],
    [
      'makes all where a leaf stands in for the authority',
      (s) => ({ ...s, authority: s.leaf ?? '', authorityKey: s.leafKey ?? '' }),
      0,
      'renew-all',
      'AuthorityUnreadable',
    ],
    ['makes a missing leaf', ({ leaf: _, ...s }) => s, 0, 'renew-leaf', 'LeafMissing'],
    [
      'renews a leaf that cannot be read',
      (s) => ({ ...s, leaf: '-----BEGIN CERTIFICATE-----' }),
      0,
      'renew-leaf',
      'LeafUnreadable',
    ],
    [
      'renews a leaf whose key is another one',
      (s) => ({ ...s, leafKey: other.leafKey ?? '' }),
      0,
      'renew-leaf',
      'LeafUnreadable',
    ],
    [
      'renews a leaf of another authority',
      (s) => ({ ...s, leaf: other.leaf ?? '', leafKey: other.leafKey ?? '' }),
      0,
      'renew-leaf',
      'LeafNotOfAuthority',
    ],
    [
      'keeps the previous authority for a day',
      (s) => ({ ...s, previousAuthority: other.authority ?? '' }),
      0.9,
      'keep',
      'Valid',
    ],
    [
      'drops the previous authority after a day',
      (s) => ({ ...s, previousAuthority: other.authority ?? '' }),
      1.1,
      'drop-previous',
      'PreviousAuthorityDone',
    ],
  ];
  for (const [name, change, day, decision, reason] of cases) {
    test(name, () => assert.deepEqual(decideRenewal(change(good), NAMES, days(day)), { decision, reason }));
  }

  test('renews a leaf made for another namespace', () => {
    const renewal = decideRenewal(good, webhookNames('other'), START);
    assert.deepEqual(renewal, { decision: 'renew-leaf', reason: 'LeafNamesDiffer' });
  });

  test('renewing the leaf keeps the authority', async () => {
    const renewed = await renew(good, { decision: 'renew-leaf', reason: 'LeafDue' }, { names: NAMES, now: days(61) });
    assert.equal(renewed.authority, good.authority);
    assert.notEqual(renewed.leaf, good.leaf);
    assert.equal(decideRenewal(renewed, NAMES, days(61)).decision, 'keep');
  });

  test('renewing the authority keeps the old one in the bundle, so that both leaves are trusted', async () => {
    const at = { names: NAMES, now: days(2_434) };
    const renewed = await renew(good, { decision: 'renew-all', reason: 'AuthorityDue' }, at);
    assert.equal(decideRenewal(renewed, NAMES, days(2_434)).decision, 'keep');
    const bundle = trustBundle(renewed);
    assert.deepEqual([isTrusted(good.leaf ?? '', bundle), isTrusted(renewed.leaf ?? '', bundle)], [true, true]);
    const dropped = await renew(renewed, { decision: 'drop-previous', reason: 'PreviousAuthorityDone' }, at);
    assert.equal(isTrusted(good.leaf ?? '', trustBundle(dropped)), false);
  });

  test('a stranger leaf and broken texts are not trusted', () => {
    assert.equal(isTrusted(other.leaf ?? '', trustBundle(good)), false);
    assert.equal(isTrusted('broken', trustBundle(good)), false);
    assert.equal(isTrusted(good.leaf ?? '', 'broken'), false);
  });

  test('what the Secret holds reads back as it was written', () => {
    const stored = { ...good, previousAuthority: other.authority ?? '' };
    const data = secretData(stored);
    assert.deepEqual(Object.keys(data).sort(), ['ca-previous.crt', 'ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
    assert.deepEqual(readSecret({ data }), stored);
    assert.deepEqual(readSecret({}), {});
  });
});

async function createStored(): Promise<StoredCertificates> {
  const authority = await createAuthority(START);
  const leaf = await createLeaf(authority, NAMES, START);
  return {
    authority: authority.certificate,
    authorityKey: authority.key,
    leaf: leaf.certificate,
    leafKey: leaf.key,
  };
}

describe('mergeBundles', () => {
  const [a, b] = ['QQ==', 'Qg=='].map((body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`);

  test('keeps each certificate once and in order', () => {
    assert.equal(mergeBundles(`${a}\n\n${b}`, '', `${a}`), `${a}\n${b}\n`);
  });

  test('leaves out what is no certificate', () => {
    assert.equal(mergeBundles('broken', `x${b}`), `${b}\n`);
  });
});
