// What is done about a peer whose beat is late: it is probed, and when it has been silent for half its deadline at most three
// others are asked whether they heard it. Pure: time is a parameter (ms).
//
// An answer proves that a peer with the key read a beat of that session no earlier than its age before our question was
// sent: the answer was made after that. So what others heard never makes a dead peer live longer than if we had heard its
// last beat ourselves (and than that beat may have waited in the socket of a witness that stood still).
import type { Answer, Question } from './extension.ts';
import type { FleetExtension } from './news.ts';

/** A live peer, and since when it is under suspicion. */
export type Suspect = { readonly node: string; readonly session: bigint; readonly since: number };

export type Aside =
  | ({ readonly to: string; readonly type: 'beat' | 'probe' } & Pick<FleetExtension, 'news' | 'want' | 'page'>)
  | { readonly to: string; readonly type: 'question'; readonly question: Question }
  | { readonly to: string; readonly type: 'answer'; readonly answer: Answer };

/** What an answer proves: `session` was heard at `at` or later; when the answer was not held up anywhere, at `atMost`. */
export type Proof = { readonly session: bigint; readonly at: number; readonly atMost: number };

type Case = {
  readonly since: number;
  readonly witnesses: readonly string[];
  readonly answered: Set<string>;
  rounds: number;
};
type Asked = { readonly about: bigint; readonly to: Set<string>; readonly at: number };

// Each round has a probe. Those at once may find a peer that loses a beat and stands still just after that: it lives on its
// answer. The others share out the time from half the deadline to the verdict, and every other one has questions.
const ROUNDS_AT_ONCE = 2;
const ROUNDS = 6;
const WITNESSES_MOST = 3;
const ID_COUNT = 2 ** 32;

export class Suspicions {
  readonly #own: bigint;
  /** By session. */
  readonly #cases = new Map<bigint, Case>();
  readonly #asked = new Map<number, Asked>();
  #id = 0;

  constructor(own: bigint) {
    this.#own = own;
  }

  /** What is due now. `witnessesOf` gives live peers that may have heard a node. */
  due(suspects: readonly Suspect[], witnessesOf: (node: string) => readonly string[], moment: Moment): Aside[] {
    const { now, deadlineMs } = moment;
    this.#forget(suspects, now - 2 * deadlineMs);
    return suspects.flatMap((suspect) => {
      const known = this.#cases.get(suspect.session) ?? this.#open(suspect, witnessesOf(suspect.node));
      if (now < roundAt(known, moment)) return [];
      // Rounds that were missed are not made up for.
      while (roundAt(known, moment) <= now) known.rounds++;
      const probe: Aside = { to: suspect.node, type: 'probe' };
      const asks = known.rounds > ROUNDS_AT_ONCE && known.rounds % 2 === 1;
      return asks ? [probe, ...this.#ask(suspect, known, moment)] : [probe];
    });
  }

  get isIdle(): boolean {
    return this.#cases.size === 0;
  }

  /** When `due` has something again for these suspects; Infinity for none. */
  next(suspects: readonly Suspect[], pace: Pace): number {
    const times = suspects.map(({ session, since }) => {
      const known = this.#cases.get(session);
      return known?.since === since ? roundAt(known, pace) : since;
    });
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  /** Nothing unless it is the first answer to a question of ours to this very peer. */
  take({ asker, id, about, ageMs }: Answer, from: string, now: number): Proof | undefined {
    const asked = this.#asked.get(id);
    if (asker !== this.#own || asked?.about !== about || !asked.to.delete(from)) return undefined;
    this.#cases.get(about)?.answered.add(from);
    return { session: about, at: asked.at - ageMs, atMost: now - ageMs };
  }

  /** Who was asked about the session and has not answered. */
  unanswered(session: bigint): string[] {
    const { witnesses = [], answered, rounds = 0 } = this.#cases.get(session) ?? {};
    return rounds > ROUNDS_AT_ONCE ? witnesses.filter((one) => !answered?.has(one)) : [];
  }

  #open({ session, since }: Suspect, witnesses: readonly string[]): Case {
    // Not always the same ones.
    const start = witnesses.length > 0 ? this.#id % witnesses.length : 0;
    const chosen = [...witnesses.slice(start), ...witnesses.slice(0, start)].slice(0, WITNESSES_MOST);
    const opened: Case = { since, witnesses: chosen, answered: new Set(), rounds: 0 };
    this.#cases.set(session, opened);
    return opened;
  }

  #ask(suspect: Suspect, { witnesses }: Case, { now, deadlineMs }: Moment): Aside[] {
    if (witnesses.length === 0) return [];
    this.#id = (this.#id + 1) % ID_COUNT;
    this.#asked.set(this.#id, { about: suspect.session, to: new Set(witnesses), at: now });
    const question = { about: suspect.session, id: this.#id, withinMs: 2 * deadlineMs };
    return witnesses.map((to) => ({ to, type: 'question', question }));
  }

  /** Cases of peers that gave a sign of life, and questions whose answer would be too old to prove anything. */
  #forget(suspects: readonly Suspect[], before: number): void {
    const open = new Map(suspects.map(({ session, since }) => [session, since]));
    for (const [session, { since }] of this.#cases) if (open.get(session) !== since) this.#cases.delete(session);
    for (const [id, { at }] of this.#asked) if (at < before) this.#asked.delete(id);
  }
}

/** Of a deadline, and of it what is left from a late beat to half the deadline. */
export type Pace = { readonly deadlineMs: number; readonly leadMs: number };
export type Moment = Pace & { readonly now: number };

function roundAt({ since, rounds }: Case, { deadlineMs, leadMs }: Pace): number {
  if (rounds >= ROUNDS) return Number.POSITIVE_INFINITY;
  if (rounds < ROUNDS_AT_ONCE) return since + (rounds * leadMs) / ROUNDS_AT_ONCE;
  const step = deadlineMs / 2 / (ROUNDS - ROUNDS_AT_ONCE);
  return since + leadMs + (rounds - ROUNDS_AT_ONCE) * step;
}
