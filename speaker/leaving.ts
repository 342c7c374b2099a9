// The end of a speaker that peers take over from: an address is answered for until its heir is heard on the wire, and never
// again after it. Defending it, or answering on, would draw traffic back that the heir already has.
import type { Announcer } from './announcer.ts';

export type Leaving = {
  /** A peer claims an address. */
  hear(text: string): void;
  /** Resolves when every address was claimed, or no further one for a while. */
  readonly ended: Promise<void>;
};

/** Heirs send 2,000 frames a second; who is silent for this long has no more to take, or cannot be heard. */
const QUIET_MS = 300;
/** The grace period of the Pod is longer. */
const MOST_MS = 3_000;

export function startLeaving(announcer: Announcer): Leaving {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const endsAt = performance.now() + MOST_MS;
  const wait = () => setTimeout(resolve, Math.min(QUIET_MS, endsAt - performance.now()));
  let timer = wait();
  return {
    ended,
    hear(text) {
      announcer.release(text);
      clearTimeout(timer);
      if (announcer.owned.size === 0) resolve();
      else timer = wait();
    },
  };
}
