// Network namespaces of a test's own: made, joined by veth links, entered by child processes, always removed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type Namespace = {
  readonly name: string;
  /** Runs a command inside; returns its output. */
  run(...command: string[]): string;
  /** Starts a script of this folder inside, with one JSON argument. */
  start(script: string, argument: unknown): Child;
};

/** A process that prints JSON lines and takes JSON lines. */
export type Child = {
  readonly process: ChildProcess;
  /** The next line that fits; lines before it are passed over. */
  read(fits: (line: Line) => boolean, withinMs?: number): Promise<Line>;
  /** All lines since `forget`, those that were passed over among them. */
  past(): readonly Line[];
  /** Drops the lines that came so far. */
  forget(): void;
  write(line: unknown): void;
  kill(signal: NodeJS.Signals): Promise<void>;
};

export type Line = { readonly [key: string]: unknown };

export type Network = { readonly namespaces: readonly Namespace[]; close(): void };

const LINE_WITHIN_MS = 5_000;

export function ip(...command: string[]): string {
  return execFileSync('ip', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Namespaces with `eth0` on one bridge, at 10.9.0.1, 10.9.0.2 and so on; MAC addresses end in the same number. */
export function openNetwork(count: number): Network {
  sweep();
  const prefix = `arptest-${process.pid}-${Math.floor(Math.random() * 10_000)}`;
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
  const hub = `${prefix}-hub`;
  const children: ChildProcess[] = [];
  const close = () => {
    // A test that failed half-way leaves its children; a run must end by itself all the same.
    for (const child of children) child.kill('SIGKILL');
    for (const name of [...names, hub]) removeNamespace(name);
  };
  try {
    ip('netns', 'add', hub);
    ip('-n', hub, 'link', 'add', 'br0', 'up', 'type', 'bridge');
    names.forEach((name, i) => {
      connect(name, hub, i + 1);
    });
  } catch (error) {
    close();
    throw error;
  }
  return { namespaces: names.map((name) => namespaceOf(name, children)), close };
}

/** Removes what tests left behind that were killed before they could. */
function sweep(): void {
  for (const [name, owner] of ip('netns', 'list').matchAll(/^arptest-(\d+)-\S+/gm)) {
    if (!existsSync(`/proc/${owner}`)) removeNamespace(name);
  }
}

function removeNamespace(name: string): void {
  try {
    ip('netns', 'delete', name);
  } catch {
    // Never made, or removed by another test at this moment.
  }
}

function connect(name: string, hub: string, number: number): void {
  const mac = `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
  const port = `p${number}`;
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'link', 'add', 'eth0', 'address', mac, 'type', 'veth', 'peer', 'name', port, 'netns', hub);
  ip('-n', hub, 'link', 'set', port, 'up', 'master', 'br0');
  ip('-n', name, 'link', 'set', 'eth0', 'up');
  ip('-n', name, 'address', 'add', `10.9.0.${number}/24`, 'dev', 'eth0');
}

function namespaceOf(name: string, children: ChildProcess[]): Namespace {
  const enter = ['netns', 'exec', name];
  return {
    name,
    run: (...command) => ip(...enter, ...command),
    start: (script, argument) => {
      const path = fileURLToPath(new URL(script, import.meta.url));
      const child = spawn('ip', [...enter, process.execPath, path, JSON.stringify(argument)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.push(child);
      return childOf(child);
    },
  };
}

function childOf(child: ChildProcess): Child {
  let lines: Line[] = [];
  let next = 0;
  let changed = Promise.withResolvers<void>();
  if (!(child.stdout && child.stdin)) throw new Error('Cannot talk to the child: wanted pipes');
  const { stdin } = child;
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
    changed.resolve();
    changed = Promise.withResolvers();
  });
  return {
    process: child,
    async read(fits, withinMs = LINE_WITHIN_MS) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => {
        const came = lines.map((line, i) => `${i < next ? '-' : '+'} ${JSON.stringify(line)}`).join('\n');
        reject(new Error(`No such line within ${withinMs} ms: ${fits}\nThese came:\n${came}`));
      }, withinMs);
      try {
        for (;;) {
          const at = lines.findIndex((line, i) => i >= next && fits(line));
          const line = lines[at];
          if (line) {
            next = at + 1;
            return line;
          }
          await Promise.race([changed.promise, late]);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    past: () => lines,
    forget: () => {
      lines = [];
      next = 0;
    },
    write: (line) => stdin.write(`${JSON.stringify(line)}\n`),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

/** Looks again every few milliseconds until `look` gives something. */
export async function eventually<T>(what: string, look: () => T | undefined, withinMs = 3_000): Promise<T> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Not seen within ${withinMs} ms: ${what}`);
}
