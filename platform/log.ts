// JSON lines on stdout: constant lower-case `msg`, everything variable in fields.
import { destination, pino } from 'pino';

export type Log = {
  debug(fields: object, msg: string): void;
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
};

/** Octets, for a line on each of ten thousand addresses at once and more; beyond it lines are lost. */
const WAITING_MOST = 1 << 24;

/** LOG_LEVEL is one of debug, info (default), warn, error. `onDrop` is called for each line that is lost. */
export function openLog(program: string, onDrop: () => void = () => undefined): Log {
  const options = {
    level: process.env['LOG_LEVEL'] ?? 'info',
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { error: describeError },
  };
  // Whoever reads the log slowly must not hold up what is logged; at the exit pino writes what is left.
  return pino(options, destination({ dest: 1, sync: false, maxLength: WAITING_MOST }).on('drop', onDrop));
}

/** The message with its cause and code; never the request or response behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.message}${code}${cause}`;
}
