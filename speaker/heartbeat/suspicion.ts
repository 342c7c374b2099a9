// What is done about a peer that has been silent for half its deadline: it is probed, and at most three others are asked
// whether they heard it. Pure: time is a parameter (ms).
//
// An answer proves that a peer with the key read a beat of that session no earlier than its age before our question was
// sent: the answer was made after that. So what others heard never makes a dead peer live longer than if we had heard its
// last beat ourselves (and than that beat may have waited in the socket of a witness that stood still).
import type { Answer, Question } from './extension.ts';

/** A live peer, and since when it is under suspicion. */
export type Suspect = { readonly node: string; readonly session: bigint; readonly since: number };

export type Aside =
  | { readonly to: string; readonly type: 'beat' | 'probe' }
  | { readonly to: string; readonly type: 'question'; readonly question: Question }
  | { readonly to: string; readonly type: 'answer'; readonly answer: Answer };

/** What an answer proves: `session` was heard at `at` or later. */
export type Proof = { readonly session: bigint; readonly at: number };

type Case = { readonly since: number; readonly witnesses: readonly string[]; rounds: number };
type Asked = { readonly about: bigint; readonly to: readonly string[]; readonly at: number };

// The time from suspicion to verdict in rounds; each has a probe, every other one questions.
const ROUNDS = 4;
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

  /** What is due now. `witnesses` are live peers that are not suspects themselves. */
  due(suspects: readonly Suspect[], witnesses: readonly string[], { now, deadlineMs }: Moment): Aside[] {
    this.#forget(suspects, now - deadlineMs);
    return suspects.flatMap((suspect) => {
      const known = this.#cases.get(suspect.session) ?? this.#open(suspect, witnesses);
      if (now < roundAt(known, deadlineMs)) return [];
      // Rounds that were missed are not made up for.
      while (roundAt(known, deadlineMs) <= now) known.rounds++;
      const probe: Aside = { to: suspect.node, type: 'probe' };
      return known.rounds % 2 === 1 ? [probe, ...this.#ask(suspect, known.witnesses, { now, deadlineMs })] : [probe];
    });
  }

  /** When `due` has something again for these suspects; Infinity for none. */
  next(suspects: readonly Suspect[], deadlineMs: number): number {
    const times = suspects.map(({ session, since }) => {
      const known = this.#cases.get(session);
      return known?.since === since ? roundAt(known, deadlineMs) : since;
    });
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  /** Nothing unless it answers a question of ours to this very peer. */
  take({ asker, id, about, ageMs }: Answer, from: string): Proof | undefined {
    const asked = this.#asked.get(id);
    if (asker !== this.#own || asked?.about !== about || !asked.to.includes(from)) return undefined;
    return { session: about, at: asked.at - ageMs };
  }

  #open({ session, since }: Suspect, witnesses: readonly string[]): Case {
    // Not always the same ones.
    const start = witnesses.length > 0 ? this.#id % witnesses.length : 0;
    const chosen = [...witnesses.slice(start), ...witnesses.slice(0, start)].slice(0, WITNESSES_MOST);
    const opened = { since, witnesses: chosen, rounds: 0 };
    this.#cases.set(session, opened);
    return opened;
  }

  #ask(suspect: Suspect, witnesses: readonly string[], { now, deadlineMs }: Moment): Aside[] {
    if (witnesses.length === 0) return [];
    this.#id = (this.#id + 1) % ID_COUNT;
    this.#asked.set(this.#id, { about: suspect.session, to: witnesses, at: now });
    const question = { about: suspect.session, id: this.#id, withinMs: deadlineMs };
    return witnesses.map((to) => ({ to, type: 'question', question }));
  }

  /** Cases of peers that gave a sign of life, and questions whose answer would be too old to prove anything. */
  #forget(suspects: readonly Suspect[], before: number): void {
    const open = new Map(suspects.map(({ session, since }) => [session, since]));
    for (const [session, { since }] of this.#cases) if (open.get(session) !== since) this.#cases.delete(session);
    for (const [id, { at }] of this.#asked) if (at < before) this.#asked.delete(id);
  }
}

export type Moment = { readonly now: number; readonly deadlineMs: number };

function roundAt({ since, rounds }: Case, deadlineMs: number): number {
  return rounds < ROUNDS ? since + (rounds * deadlineMs) / 2 / ROUNDS : Number.POSITIVE_INFINITY;
}
