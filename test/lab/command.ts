// Runs programs: to their end with their output, and detached into a network namespace and cgroup of the lab.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { LabFailure } from './failure.ts';

export type Output = { readonly code: number; readonly stdout: string; readonly stderr: string };
export type RunOptions = {
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Kills the program; its output until then is the result. */
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: (text: string) => void;
};

/** Runs a program to its end; a failure to start is exit code 127, a signal 128 and more, as in a shell. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const [file = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.signal ? { signal: options.signal, killSignal: 'SIGKILL' as const } : {}),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      options.onOutput?.(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    const finish = (code: number, note = '') =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + note });
    child.once('error', (error) => finish(127, error.message));
    child.once('close', (code, signal) => finish(code ?? 128 + signalNumber(signal)));
  });
}

/** Runs a program that has to succeed. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const output = await run(argv, options);
  if (output.code === 0) return output.stdout;
  const reason = output.stderr.trim() || output.stdout.trim() || 'no output';
  throw new LabFailure(`Cannot run ${argv.join(' ')}: exit code ${output.code}, ${reason}`);
}

/** Runs a program on the caller's own terminal and returns its exit code. */
export function runAttached(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    // The terminal sends these to the child as well; its end decides ours.
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    process.on('SIGTERM', (signal) => child.kill(signal));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 128 + signalNumber(signal));
    });
  });
}

export type Detached = {
  readonly argv: readonly string[];
  readonly cgroup: string;
  readonly log: string;
  readonly namespace?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** Starts a program that outlives us, with its output in a log file. */
export function startDetached(program: Detached): ChildProcess {
  const log = openSync(program.log, 'a');
  const [file = '', ...args] = enter(program);
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: program.env ?? process.env,
  });
  closeSync(log);
  child.unref();
  return child;
}

/** The same command inside a cgroup and, if given, a network namespace; every step is an exec, so the pid stays. */
export function enter(program: Pick<Detached, 'argv' | 'cgroup' | 'namespace'>): string[] {
  const inNamespace = program.namespace ? ['nsenter', `--net=${program.namespace}`, '--'] : [];
  return [
    ...['/bin/sh', '-c', 'echo 0 > "$0/cgroup.procs" && exec "$@"', program.cgroup],
    ...inNamespace,
    ...program.argv,
  ];
}

export function signalNumber(signal: NodeJS.Signals | null): number {
  return signal ? constants.signals[signal] : 0;
}
