// Who goes first when somebody holds an address already.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ClaimLedger } from '#speaker/claims.ts';
import { type Candidate, electOwner } from '#speaker/elect.ts';
import type { LivePeer } from '#speaker/heartbeat/peers.ts';
import { rankOf } from '#speaker/ranks.ts';
import { type Holders, markOf, preferHolders, Stickiness, WAIT_MOST_MS, WEAK_AFTER_MS } from '#speaker/sticky.ts';

const IP = '10.0.0.1';
/** From the best rank to the worst. */
const [BEST = '', SECOND = '', LAST = ''] = ['a', 'b', 'c'].sort((a, b) => (rankOf(a, IP) < rankOf(b, IP) ? -1 : 1));

function candidates(scores: { [node: string]: number } = {}): Candidate[] {
  return [BEST, SECOND, LAST].map((node) => ({ node, score: scores[node] ?? 0 }));
}

type Holding = { strong?: string[]; weak?: string[] };

function holdersOf({ strong = [], weak = [] }: Holding): Holders {
  const nodes = [...strong, ...weak];
  return new Map(nodes.map((node) => [node, { marks: new Set([markOf(IP)]), weak: weak.includes(node) }]));
}

const cases: [string, Candidate[], Holders | undefined, string][] = [
  ['without sticky owners the best rank owns', candidates(), undefined, BEST],
  ['an address that nobody holds goes to the best rank', candidates(), new Map(), BEST],
  ['its holder keeps it when a better rank is there', candidates(), holdersOf({ strong: [LAST] }), LAST],
  ['a holder that is no candidate any more loses it', candidates().slice(0, 2), holdersOf({ strong: [LAST] }), BEST],
  ['a better score moves it', candidates({ [SECOND]: 5 }), holdersOf({ strong: [LAST] }), SECOND],
  [
    'a holder among the best scores keeps it',
    candidates({ [SECOND]: 5, [LAST]: 5 }),
    holdersOf({ strong: [LAST] }),
    LAST,
  ],
  ['of two holders the better rank keeps it', candidates(), holdersOf({ strong: [LAST, SECOND] }), SECOND],
  ['who took it on the smaller side goes behind', candidates(), holdersOf({ strong: [LAST], weak: [BEST] }), LAST],
  ['a holder of the smaller side goes before who holds nothing', candidates(), holdersOf({ weak: [LAST] }), LAST],
];
for (const [name, given, holders, owner] of cases) {
  test(name, () => assert.equal(electOwner(preferHolders(given, IP, holders), IP), owner));
}

test('the order of two speakers that claim one address on the wire is the same', () => {
  const judge = (node: string, peer: string, holders: Holders | undefined) =>
    new ClaimLedger(node, () => holders).judge({ text: IP, mac: '', claimer: { kind: 'peer', node: peer } }, 0).defend;
  assert.deepEqual([judge(LAST, BEST, undefined), judge(BEST, LAST, undefined)], [false, true]);
  const incumbent = holdersOf({ strong: [LAST] });
  assert.deepEqual([judge(LAST, BEST, incumbent), judge(BEST, LAST, incumbent)], [true, false]);
});

const peer = (node: string, holdings?: LivePeer['holdings']): LivePeer => ({
  node,
  ready: true,
  ...(holdings ? { holdings } : {}),
});
const WHOLE = { marks: [7], weak: false, isComplete: true };
const KNOWN = new Set(['a', 'b', 'c']);

test('as long as one live speaker has no sticky owners, ranks decide', () => {
  const stickiness = new Stickiness('a');
  const look = (live: LivePeer[]) => stickiness.look({ live, known: KNOWN, now: 0 }).holders;
  assert.equal(look([peer('b', WHOLE), peer('c')]), undefined);
  assert.deepEqual([...(look([peer('b', WHOLE)])?.keys() ?? [])], ['a', 'b']);
});

test('a speaker that starts waits until all have said all they hold, but not for ever', () => {
  const stickiness = new Stickiness('a');
  const look = (isComplete: boolean, now: number) => {
    const { isWaiting, nextAt } = stickiness.look({
      live: [peer('b', WHOLE), peer('c', { ...WHOLE, isComplete })],
      known: KNOWN,
      now,
    });
    return [isWaiting, nextAt];
  };
  assert.deepEqual(look(false, 0), [true, WAIT_MOST_MS]);
  assert.deepEqual(look(true, 100), [false, undefined]);
  // A newcomer is not waited for.
  assert.deepEqual(look(false, 200), [false, undefined]);
  const late = new Stickiness('a');
  const unheard = { live: [peer('b', { ...WHOLE, isComplete: false })], known: KNOWN };
  assert.equal(late.look({ ...unheard, now: 0 }).isWaiting, true);
  assert.equal(late.look({ ...unheard, now: WAIT_MOST_MS }).isWaiting, false);
});

test('who sees half of the speakers or fewer is weak, and some seconds longer', () => {
  const stickiness = new Stickiness('a');
  const isWeak = (live: LivePeer[], now: number) => {
    const { holders, nextAt } = stickiness.look({ live, known: KNOWN, now });
    return [holders?.get('a')?.weak, nextAt];
  };
  assert.deepEqual(isWeak([peer('b', WHOLE)], 0), [false, undefined]);
  assert.deepEqual(isWeak([], 100), [true, undefined]);
  // However long nobody looked in between.
  assert.deepEqual(isWeak([peer('b', WHOLE)], 90_000), [true, 90_000 + WEAK_AFTER_MS]);
  assert.deepEqual(isWeak([peer('b', WHOLE)], 91_000), [true, 90_000 + WEAK_AFTER_MS]);
  assert.deepEqual(isWeak([peer('b', WHOLE)], 90_000 + WEAK_AFTER_MS), [false, undefined]);
});

test('who stood still is weak for some seconds, as after a partition', () => {
  const stickiness = new Stickiness('a');
  const look = (now: number) => stickiness.look({ live: [peer('b', WHOLE)], known: KNOWN, now });
  stickiness.weaken(100);
  assert.deepEqual([look(100).holders?.get('a')?.weak, look(100).nextAt], [true, 100 + WEAK_AFTER_MS]);
  assert.equal(look(100 + WEAK_AFTER_MS).holders?.get('a')?.weak, false);
});

test('what a node owns it says once, and again when it changes', () => {
  const stickiness = new Stickiness('a');
  const own = [{ text: IP, owner: 'a' }, { text: '10.0.0.2', owner: 'b' }, { text: '10.0.0.3' }];
  assert.deepEqual(stickiness.note(own), { marks: [markOf(IP)], weak: false });
  assert.equal(stickiness.note(own), undefined);
  stickiness.look({ live: [], known: KNOWN, now: 0 });
  assert.deepEqual(stickiness.note(own), { marks: [markOf(IP)], weak: true });
  assert.deepEqual(stickiness.note([]), { marks: [], weak: true });
});
