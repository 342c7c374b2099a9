// Spaces out what can wait: after each turn for three times as long as it took, but for no more than a second.

export type Rest = {
  /** Asks for a turn: at once when none runs and the rest is over, else after it. */
  ask(): void;
  /** Runs a turn, which serves all who asked before. */
  run(turn: () => void | Promise<void>): Promise<void>;
};

const FACTOR = 3;
/** A turn that a busy machine made long must not make the next one late. */
const MOST_MS = 1_000;

export function openRest(start: () => void, signal: AbortSignal): Rest {
  let until = 0;
  let isRunning = false;
  let isAsked = false;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));

  const ask = () => {
    const restMs = until - performance.now();
    if (isRunning) isAsked = true;
    else if (restMs <= 0) start();
    else if (!signal.aborted) timer ??= setTimeout(start, restMs);
  };
  const run: Rest['run'] = async (turn) => {
    clearTimeout(timer);
    timer = undefined;
    const began = performance.now();
    isRunning = true;
    try {
      await turn();
    } finally {
      isRunning = false;
      const now = performance.now();
      until = now + Math.min((now - began) * FACTOR, MOST_MS);
      if (isAsked) ask();
      isAsked = false;
    }
  };
  return { ask, run };
}
