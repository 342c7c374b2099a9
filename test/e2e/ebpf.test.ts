// The overlay manifests/ebpf end to end: answered in the kernel, pinged, taken over, and silent once the speaker is gone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openLab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { addressOf, apply, configMapManifest, ownerOf, untilAddress, untilAnswer } from './cluster.ts';

const POOL = `address-pools:
- name: default
  protocol: layer2
  addresses:
  - 192.168.1.240-192.168.1.250
  - fd00:1::f0-fd00:1::ff
`;
const PATIENCE = { every: 200, within: 20_000 };
const lab = openLab('wirebpf');
let four = '';
let six = '';

async function outcome(node: string, name: string): Promise<number> {
  const { stdout } = await lab.exec(node, ['curl', '-s', 'http://127.0.0.1:7472/metrics']);
  const value = new RegExp(`^arpeggio_kernel_frames_total\\{outcome="${name}"\\} (\\d+)$`, 'm').exec(stdout)?.[1];
  return Number(value ?? assert.fail(`no outcome "${name}" on ${node}`));
}

async function requireOwner(address: string): Promise<string> {
  return await pollUntil(`an owner of ${address}`, () => ownerOf(lab, address), PATIENCE);
}

/** Somebody answers, and it is not this node. */
async function untilHeir(owner: string): Promise<void> {
  const other = async () => {
    const now = await ownerOf(lab, four);
    return now !== owner && now;
  };
  await pollUntil('the heir', other, PATIENCE);
}

describe('the responder in the kernel', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, overlay: 'ebpf' });
    await apply(lab, configMapManifest(POOL));
    await lab.backend('web');
    const spec = {
      ...{ type: 'LoadBalancer', ipFamilyPolicy: 'RequireDualStack', selector: { app: 'web' } },
      ports: [{ port: 80, targetPort: 8080 }],
    };
    await apply(lab, JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec }));
    await untilAddress(lab, 'web');
    [four = '', six = ''] = (await addressOf(lab, 'web')).split(' ');
  });
  after(() => lab.down());

  test('HTTP works on both addresses, and the kernel gave the answers', async () => {
    assert.match(await untilAnswer(lab, four), /^node[12]$/);
    assert.match(await untilAnswer(lab, `[${six}]`), /^node[12]$/);
    assert.ok((await outcome(await requireOwner(four), 'ArpAnswered')) > 0);
    assert.ok((await outcome(await requireOwner(six), 'NdpAnswered')) > 0);
    const { stdout } = await lab.exec('node1', ['curl', '-s', 'http://127.0.0.1:7472/metrics']);
    assert.match(stdout, /^arpeggio_responder\{where="kernel"\} 1$/m);
  });

  test('both addresses answer a ping, small and large', async () => {
    for (const address of [four, six]) {
      for (const size of ['56', '1400']) {
        const { stdout } = await lab.exec('client', ['ping', '-c', '1', '-W', '1', '-s', size, address]);
        assert.match(stdout, / 0% packet loss/);
      }
    }
  });

  test('a speaker that is stopped hands over', async () => {
    const owner = await requireOwner(four);
    await lab.stopSpeaker(owner);
    await untilHeir(owner);
    assert.match(await untilAnswer(lab, four), /^node[12]$/);
    await lab.startSpeaker(owner);
    await pollUntil(`${owner} again`, async () => (await ownerOf(lab, four)) === owner, PATIENCE);
  });

  test('a speaker that is killed answers nothing any more, and the other one does', async () => {
    const owner = await requireOwner(four);
    await lab.killSpeaker(owner);
    await untilHeir(owner);
    assert.match(await untilAnswer(lab, four), /^node[12]$/);
    await lab.startSpeaker(owner);
  });
});
