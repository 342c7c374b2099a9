// What the main thread tells the heartbeat thread: changes only.
import type { Heartbeat } from './heartbeat/channel.ts';
import type { PeerAddress } from './heartbeat/protocol.ts';
import type { Standing } from './heartbeat/standing.ts';

export function createTeller(heartbeat: Heartbeat) {
  const said = new Map<string, string>();
  const isNews = (what: string, text: string) => {
    if (said.get(what) === text) return false;
    said.set(what, text);
    return true;
  };
  return {
    peers(peers: readonly PeerAddress[]): void {
      if (isNews('peers', JSON.stringify(peers))) heartbeat.setPeers(peers);
    },
    key(key: Uint8Array | undefined): void {
      if (key && isNews('key', Buffer.from(key).toString('base64'))) heartbeat.setKey(key);
    },
    macs(macs: readonly string[]): void {
      if (isNews('macs', macs.join())) heartbeat.setMacs(macs);
    },
    standing(standing: Standing): void {
      if (isNews('standing', JSON.stringify(standing))) heartbeat.setStanding(standing);
    },
    alive(map: number): void {
      if (isNews('alive', String(map))) heartbeat.keepAlive(map);
    },
    ready(ready: boolean): void {
      if (isNews('ready', String(ready))) heartbeat.setReady(ready);
    },
  };
}
