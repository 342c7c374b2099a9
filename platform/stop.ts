// One AbortSignal for the whole program, aborted by SIGTERM or SIGINT.
import { setMaxListeners } from 'node:events';

export function openStop(): AbortSignal {
  const controller = new AbortController();
  // Every cache and server listens; that many is no leak.
  setMaxListeners(0, controller.signal);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort(name));
  return controller.signal;
}
