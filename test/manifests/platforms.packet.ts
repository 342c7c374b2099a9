// The image for arm64, run on this machine's kernel by an emulator of that processor: Node, the command line, native code.
// Emulated system calls lack bpf(2) and options of packet sockets: what those do there is not seen here (docs/release.md).
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { must, run } from '#test/lab/command.ts';
import { buildRelease, unpackImage } from '#test/lab/released.ts';
import { checkout } from '#test/lab/state.ts';

const folder = mkdtempSync(join(tmpdir(), 'arpeggio-platforms-'));
const root = join(folder, 'image/rootfs');
const EMULATOR = arch() === 'arm64' ? [] : ['qemu-aarch64', '-L', root];

type Index = { manifests: { digest: string; platform?: { architecture: string } }[] };

function readIndex(path: string): Index {
  return JSON.parse(readFileSync(join(checkout, 'dist/image', path), 'utf8')) as Index;
}

/** Runs the image's Node at the place of the programs, in a network of its own that has a loopback. */
async function node(...args: string[]) {
  const command = [...EMULATOR, join(root, 'usr/local/bin/node'), ...args];
  const enter = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && cd "$0" && exec "$@"', join(root, 'app')];
  return await run([...enter, ...command]);
}

async function evaluate(script: string): Promise<string> {
  const { stdout, stderr } = await node('--eval', script);
  return stdout + stderr;
}

describe('the image for arm64', { timeout: 240_000 }, () => {
  before(async () => {
    await buildRelease();
    await unpackImage(join(folder, 'image'), 'arm64');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('stands beside the one for amd64 in the index that the manifests name', () => {
    const [whole] = readIndex('index.json').manifests;
    const { manifests } = readIndex(`blobs/${whole?.digest.replace(':', '/')}`);
    assert.deepEqual(
      manifests.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    );
    for (const name of ['arpeggio.yaml', 'arpeggio-ebpf.yaml']) {
      const images = readFileSync(join(checkout, 'dist', name), 'utf8').match(/image: .+/g) ?? [];
      assert.equal(images.length, 3);
      for (const image of images) assert.ok(image.endsWith(`@${whole?.digest}`), image);
    }
  });

  test('holds programs and libraries for that processor alone', async () => {
    const files = [
      'usr/local/bin/node',
      'app/speaker/native/arpeggio.node',
      'app/node_modules/raw-socket/build/Release/raw.node',
    ];
    const libraries = await must(['find', join(root, 'lib'), join(root, 'usr/lib'), '-name', '*.so.*', '-type', 'f']);
    const all = [...files.map((file) => join(root, file)), ...libraries.trim().split('\n')];
    assert.ok(all.length > 5);
    for (const file of all) {
      const header = readFileSync(file).subarray(0, 20);
      assert.equal(header.toString('latin1', 1, 4), 'ELF', file);
      // e_machine of elf(5): EM_AARCH64.
      assert.equal(header.readUInt16LE(18), 183, file);
    }
    assert.ok(!existsSync(join(root, 'lib64')));
  });

  test('runs its Node, and the command line on a file', async () => {
    const { stdout } = await node('--print', 'process.arch + " " + process.version');
    assert.equal(stdout, `arm64 ${process.version}\n`);
    const sample = join(checkout, 'manifests/samples/configmap.yaml');
    const checked = await node(join(root, 'app/cli/main.ts'), 'validate', sample);
    assert.equal(checked.stdout, '1 object checked, 0 denied, 0 warnings\n', checked.stderr);
  });

  test('sends and receives on a raw socket', async () => {
    const said = await evaluate(`
      const raw = require('./node_modules/raw-socket');
      const socket = raw.createSocket({ protocol: raw.Protocol.ICMP });
      const echo = Buffer.from([8, 0, 0, 0, 0, 1, 0, 1]);
      raw.writeChecksum(echo, 2, raw.createChecksum(echo));
      socket.on('message', (packet) => { console.log(packet.length); socket.close(); });
      socket.send(echo, 0, echo.length, '127.0.0.1', (error) => error && console.log(error.message));`);
    assert.equal(said, '28\n');
  });

  test('hears of changed links, and has every call of the native addon', async () => {
    const said = await evaluate(`
      const addon = require('./speaker/native/arpeggio.node');
      console.log(Object.keys(addon).length);
      const monitor = addon.openLinkMonitor(() => { console.log('changed'); addon.close(monitor); });
      child_process.execFileSync('ip', ['link', 'set', 'lo', 'down']);`);
    assert.equal(said, '19\nchanged\n');
  });
});
