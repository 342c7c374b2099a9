// JSON lines on stdout: constant lower-case `msg`, everything variable in fields.
import { pino } from 'pino';

export type Log = {
  debug(fields: object, msg: string): void;
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
};

/** LOG_LEVEL is one of debug, info (default), warn, error. */
export function openLog(program: string): Log {
  return pino({
    level: process.env['LOG_LEVEL'] ?? 'info',
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: { error: describeError },
  });
}

/** The message with its cause and code; never the request or response behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.message}${code}${cause}`;
}
