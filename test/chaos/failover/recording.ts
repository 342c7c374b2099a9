// Heartbeats as they pass a node, recorded by tcpdump: what an attacker on the LAN could have.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '#test/lab/lab.ts';

export type Recorded = { readonly from: string; readonly to: string; readonly payload: Buffer };

const COUNT = 60;
export const HEARTBEAT_PORT = 7473;
/** pcap: a head of 24 bytes, then 16 before each frame; UDP over IPv4 over Ethernet without options. */
const [FILE_HEAD, FRAME_HEAD, IP_AT, PAYLOAD_AT] = [24, 16, 14, 42];

export async function recordHeartbeats(lab: Lab, node: string): Promise<Recorded[]> {
  const file = join(lab.files.folder, 'heartbeats.pcap');
  const options = ['-Z', 'root', '-i', 'eth0', '-c', String(COUNT), '-w', file];
  const { code, stderr } = await lab.exec(node, ['tcpdump', ...options, `udp dst port ${HEARTBEAT_PORT}`]);
  if (code !== 0) throw new Error(`Cannot record heartbeats on ${node}: ${stderr}`);
  const bytes = readFileSync(file);
  rmSync(file);
  return framesOf(bytes).map((frame) => ({
    from: frame.subarray(IP_AT + 12, IP_AT + 16).join('.'),
    to: frame.subarray(IP_AT + 16, IP_AT + 20).join('.'),
    payload: frame.subarray(PAYLOAD_AT),
  }));
}

function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = FILE_HEAD; at + FRAME_HEAD <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    frames.push(bytes.subarray(at + FRAME_HEAD, at + FRAME_HEAD + length));
    at += FRAME_HEAD + length;
  }
  return frames;
}
