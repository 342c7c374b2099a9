// How claims by others are judged: reported once, defended at a limited rate, peers ordered by rank.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Claimer, ClaimLedger } from '#speaker/claims.ts';
import { electOwner } from '#speaker/elect.ts';

const MAC = '02:00:00:00:00:99';
const STRANGER: Claimer = { kind: 'stranger' };

function claim(claimer: Claimer, text = '10.0.0.1', mac = MAC) {
  return { text, mac, claimer };
}

test('our own frames on another interface are no claim', () => {
  assert.deepEqual(new ClaimLedger('a').judge(claim({ kind: 'self' }), 0), { report: false, defend: false });
});

test('a host that changes its MAC with every claim is reported at most every 10 s', () => {
  const ledger = new ClaimLedger('a');
  const reports = Array.from({ length: 2_000 }, (_, i) => ledger.judge(claim(STRANGER, '10.0.0.1', `02:${i}`), i * 10));
  assert.equal(reports.filter(({ report }) => report).length, 2);
});

test('a stranger is reported once and defended against at most every 10 s', () => {
  const ledger = new ClaimLedger('a');
  const times = [0, 1_000, 9_999, 10_000, 10_001, 300_000];
  const verdicts = times.map((now) => ledger.judge(claim(STRANGER), now));
  assert.deepEqual(
    verdicts.map(({ defend }) => defend),
    [true, false, false, true, false, true],
  );
  assert.deepEqual(
    verdicts.map(({ report }) => report),
    [true, false, false, false, false, true],
  );
});

test('another stranger is reported too, ten seconds later at the soonest', () => {
  const ledger = new ClaimLedger('a');
  ledger.judge(claim(STRANGER), 0);
  const another = claim(STRANGER, '10.0.0.1', '02:00:00:00:00:98');
  assert.deepEqual(ledger.judge(another, 9_999), { report: false, defend: false });
  assert.equal(ledger.judge(another, 10_000).report, true);
  assert.deepEqual(ledger.judge(claim(STRANGER, '10.0.0.2'), 10_001), { report: true, defend: true });
});

test('of two speakers only the better rank says again where the address is', () => {
  const [winner, loser] =
    electOwner(
      [
        { node: 'a', score: 0 },
        { node: 'b', score: 0 },
      ],
      '10.0.0.1',
    ) === 'a'
      ? 'ab'
      : 'ba';
  const ours = new ClaimLedger(winner ?? '');
  const theirs = new ClaimLedger(loser ?? '');
  const byLoser = claim({ kind: 'peer', node: loser ?? '' });
  assert.equal(ours.judge(byLoser, 0).defend, true);
  assert.equal(ours.judge(byLoser, 999).defend, false);
  assert.equal(theirs.judge(claim({ kind: 'peer', node: winner ?? '' }), 0).defend, false);
});

test('a speaker that claims what is ours is asked for a heartbeat, ten times a second at most, whoever is better', () => {
  for (const self of ['a', 'b']) {
    const ledger = new ClaimLedger(self);
    const asks = [0, 99, 100].map((now) => ledger.judge(claim({ kind: 'peer', node: 'c' }), now).ask);
    assert.deepEqual(asks, [true, undefined, true]);
    assert.equal(ledger.judge(claim(STRANGER), 200).ask, undefined);
  }
});
