// How a program starts and ends: a bug ends the process with one log line, SIGTERM ends it in order.
import { Counter, Registry } from 'prom-client';
import { type Log, openLog } from '#platform/log.ts';
import { openStop } from '#platform/stop.ts';

export type ProgramContext = {
  readonly name: string;
  readonly log: Log;
  readonly metrics: Registry;
  /** Aborted on SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
};

/** Runs `main` until it resolves; then the process exits 0. An error thrown anywhere exits 1. */
export function runProgram(name: string, main: (context: ProgramContext) => Promise<void>): void {
  const metrics = new Registry();
  const log = openLog(name, countDroppedLines(metrics));
  const fail = (error: unknown) => {
    log.error({ error, stack: error instanceof Error ? error.stack : undefined }, 'program failed');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  main({ name, log, metrics, signal: openStop() }).then(() => process.exit(0), fail);
}

function countDroppedLines(metrics: Registry): () => void {
  const dropped = new Counter({
    name: 'arpeggio_log_lines_dropped_total',
    help: 'Log lines lost because nobody read them',
    registers: [metrics],
  });
  return () => dropped.inc();
}

/** Resolves when the program is told to stop. */
export function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** An environment variable that must be set. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Cannot start: environment variable ${name} is not set`);
  return value;
}

/** A whole number from the environment, within bounds. */
export function readNumberEnv(name: string, fallback: number, [min, max]: readonly [number, number]): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`Cannot start: ${name} is "${text}", wanted a whole number from ${min} to ${max}`);
}
