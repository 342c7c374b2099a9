// Sessions that were heard but have not proved themselves: they are echoed, so that they can. Pure; time in ms.
const LIFE_MS = 2_000;
const MOST = 512;

export class Newcomers {
  readonly #heard = new Map<bigint, { readonly node: string; readonly at: number }>();

  add(session: bigint, node: string, at: number): void {
    // The newest last: an answer to it alone echoes it, whatever was recorded of its earlier lives.
    if (!this.#heard.delete(session) && this.#heard.size >= MOST) this.#forget(at);
    if (this.#heard.size < MOST) this.#heard.set(session, { node, at });
  }

  delete(session: bigint): void {
    this.#heard.delete(session);
  }

  sessions(now: number): bigint[] {
    this.#forget(now);
    return [...this.#heard.keys()];
  }

  sessionsOf(node: string): bigint[] {
    const sessions: bigint[] = [];
    for (const [session, newcomer] of this.#heard) if (newcomer.node === node) sessions.push(session);
    return sessions;
  }

  #forget(now: number): void {
    for (const [session, { at }] of this.#heard) if (now - at > LIFE_MS) this.#heard.delete(session);
  }
}
