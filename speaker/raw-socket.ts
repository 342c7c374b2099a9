// The one place that loads the package raw-socket, and the types of what is used of it.
import { createRequire } from 'node:module';

export type RawSocket = {
  setOption(level: number, option: number, value: number | Buffer, length?: number): void;
  send(message: Buffer, offset: number, length: number, ...rest: [string, (error: Error | null) => void]): void;
  pauseRecv(): void;
  close(): void;
  on(event: 'error', listener: (error: Error) => void): void;
  /** The packet is a view of a buffer that the next one overwrites. */
  on(event: 'message', listener: (packet: Buffer, source: string) => void): void;
};

export type RawSocketPackage = {
  createSocket(options: { protocol: number; addressFamily: number }): RawSocket;
  readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
  readonly Protocol: { readonly ICMP: number; readonly ICMPv6: number };
};

let loaded: RawSocketPackage | undefined;

/** Loads on first use, so that pure parts can be imported where the package is not built. */
export function loadRawSocket(): RawSocketPackage {
  try {
    loaded ??= createRequire(import.meta.url)('raw-socket') as RawSocketPackage;
    return loaded;
  } catch (cause) {
    throw new Error('Cannot load package "raw-socket": build it with test/setup.sh check', { cause });
  }
}
