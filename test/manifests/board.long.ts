// Answers on the wire from the image's Node and addon for arm64, on an arm64 kernel. ARPEGGIO_BOARD names the folder that
// docs/release.md tells how to fill; the kernel wants to be 6.6 or later.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { buildRelease, unpackImage } from '#test/lab/released.ts';
import { isThere, prepare, start } from './board/machine.ts';

const PARTS = process.env['ARPEGGIO_BOARD'] ?? '';
const MAC = '02:00:00:00:00:01';
const namespace = `arpeggio-board-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'arpeggio-board-'));
let skip: string | false = false;
if (!isThere('qemu-system-aarch64', 'cpio', 'xz')) skip = 'no qemu-system-aarch64, cpio or xz';
if (PARTS === '') skip = 'ARPEGGIO_BOARD is not set';

function answersOf(address: string): string[] {
  const args = ['netns', 'exec', namespace, 'arping', '-c', '3', '-w', '6', '-I', 't0', address];
  const { stdout } = spawnSync('ip', args, { encoding: 'utf8' });
  return stdout.toLowerCase().match(/(?<=\[)[0-9a-f:]{17}/g) ?? [];
}

function isPinged(address: string): boolean {
  return spawnSync('ip', ['netns', 'exec', namespace, 'ping', '-c', '2', '-W', '3', address]).status === 0;
}

describe('an emulated arm64 machine', { skip, timeout: 600_000 }, () => {
  let files: { kernel: string; initrd: string };

  before(async () => {
    await buildRelease();
    await unpackImage(join(folder, 'image'), 'arm64');
    files = prepare(join(folder, 'image/rootfs'), PARTS);
    execFileSync('ip', ['netns', 'add', namespace]);
    const inside = ['-n', namespace];
    execFileSync('ip', [...inside, 'tuntap', 'add', 't0', 'mode', 'tap']);
    execFileSync('ip', [...inside, 'address', 'add', '10.9.0.2/24', 'dev', 't0']);
    execFileSync('ip', [...inside, 'link', 'set', 't0', 'up']);
  });
  after(() => {
    spawnSync('ip', ['netns', 'delete', namespace]);
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (t: TestContext, script: string, argument = {}) => {
    const machine = start(namespace, files, `run=test/speaker/${script} argument=${JSON.stringify(argument)}`);
    t.after(() => machine.off());
    return machine;
  };

  test('answers from packet sockets with their kernel filter', async (t) => {
    const board = run(t, 'packet/announce-child.ts', { ips: ['10.9.0.100'] });
    await board.until(/"started":1/);
    assert.match(board.said(), /machine \S+ aarch64 arm64/);
    assert.deepEqual(answersOf('10.9.0.100'), [MAC, MAC, MAC]);
    assert.deepEqual(answersOf('10.9.0.150'), []);
  });

  test('answers, and pings too, from the program in its kernel', async (t) => {
    const board = run(t, 'packet/kernel-child.ts', { ips: ['10.9.0.100'], lifeMs: 5_000 });
    await board.until(/"ready":true/);
    assert.deepEqual(answersOf('10.9.0.100'), [MAC, MAC, MAC]);
    assert.deepEqual(answersOf('10.9.0.150'), []);
    assert.ok(isPinged('10.9.0.100'));
  });

  test('its kernel decides about every vector as the process does', async (t) => {
    const board = run(t, 'kernel/responder.packet.ts');
    await board.until(/^# fail \d+\s/m);
    assert.match(board.said(), /^# pass 77\s+# fail 0\s/m);
  });
});
