// Thousands of Services and their addresses, made and followed by a program beside the API server.
import { join } from 'node:path';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';

export type AddressReport = {
  /** Address by Service at the end. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Services whose address changed after it was given. */
  readonly changes: readonly string[];
};

export type Following = {
  /** How many Services have an address now. */
  served(): number;
  end(): Promise<AddressReport>;
};

type Seen = { readonly name: string; readonly address: string; readonly before: string };

/** `app` is what their selector wants; without it they have no endpoints. `from` is how many there are already. */
export type ServicesWish = { readonly count: number; readonly app?: string; readonly from?: number };

export async function createServices(
  lab: Lab,
  namespace: string,
  { count, app, from = 0 }: ServicesWish,
): Promise<void> {
  const selector = app === undefined ? [] : ['--app', app];
  const { code, stderr } = await run(lab, [
    '--namespace',
    namespace,
    '--from',
    String(from),
    '--create',
    String(count),
    ...selector,
  ]);
  if (code !== 0) throw new Error(`Cannot create ${count} Services: ${stderr}`);
}

export function followAddresses(lab: Lab, namespace: string): Following {
  const addresses = new Map<string, string>();
  const changes: string[] = [];
  const stop = new AbortController();
  const running = run(lab, ['--namespace', namespace], {
    signal: stop.signal,
    onLine: (line) => {
      const { name, address, before } = JSON.parse(line) as Seen;
      addresses.set(name, address);
      if (before !== '') changes.push(`${name}: ${before} -> ${address || 'none'}`);
    },
  });
  return {
    served: () => [...addresses.values()].filter((address) => address !== '').length,
    async end() {
      stop.abort();
      await running;
      return { addresses, changes };
    },
  };
}

type Hooks = { readonly signal?: AbortSignal; readonly onLine?: (line: string) => void };

function run(lab: Lab, args: string[], { signal, onLine = () => undefined }: Hooks = {}) {
  const script = join(checkout, 'test/chaos/addresses.ts');
  return lab.exec('control', [process.execPath, script, ...args], {
    env: { KUBECONFIG: lab.files.kubeconfig },
    ...(signal ? { signal } : {}),
    onOutput: byLines(onLine),
  });
}

/** Output comes in any pieces; lines go on whole. */
export function byLines(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
