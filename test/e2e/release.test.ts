// `npm run release` end to end: built twice, judged by umoci, run by runc, and installed on a cluster by its own manifests,
// where runc runs every program with the security context of its Pod.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { watchWire } from '#test/chaos/wire.ts';
import { must, run } from '#test/lab/command.ts';
import { monotonicNow } from '#test/lab/faults.ts';
import { addGuest } from '#test/lab/guest.ts';
import { openLab } from '#test/lab/lab.ts';
import { leftovers, nothing } from '#test/lab/leftovers.ts';
import { buildRelease, unpackImage } from '#test/lab/released.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import {
  addressOf,
  apply,
  configMapManifest,
  ownerOf,
  readyPeers,
  refusalOf,
  serviceManifest,
  untilAddress,
  untilAnswer,
} from './cluster.ts';
import { capability, isFiltered, refusedFiles, rightsOf, runningContainers, untilContainer } from './containers.ts';

const POOL = 'address-pools:\n- name: a\n  protocol: layer2\n  addresses: [192.168.1.240/30]\n';
const IP = '192.168.1.240';
const PATIENCE = { every: 200, within: 20_000 };
const MANIFESTS = ['arpeggio.yaml', 'arpeggio-ebpf.yaml', 'arpeggio-dual-cluster.yaml'];
const WRITTEN = ['image/index.json', ...MANIFESTS, 'sbom.cdx.json'];
const lab = openLab('release');
const folder = mkdtempSync(join(tmpdir(), 'arpeggio-release-'));
const unpacked = join(folder, 'image');

type Bom = { components: { name: string; version: string; purl: string }[] };
type RuntimeConfig = { process: { terminal: boolean; args: string[]; user: unknown }; root: { readonly: boolean } };

async function release(): Promise<string[]> {
  await buildRelease();
  return WRITTEN.map(read);
}

function read(name: string): string {
  return readFileSync(join(checkout, 'dist', name), 'utf8');
}

/** Runs a command in the image as its makers meant it, on a root that cannot be written. */
async function runImage(args: readonly string[], stdin: string) {
  const path = join(unpacked, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as RuntimeConfig;
  const changed = {
    ...config,
    process: { ...config.process, terminal: false, args },
    root: { ...config.root, readonly: true },
  };
  writeFileSync(path, JSON.stringify(changed));
  const output = await run(['runc', 'run', '--bundle', unpacked, `arpeggio-release-${process.pid}`], { stdin });
  writeFileSync(path, JSON.stringify(config));
  return output;
}

async function answersInKernel(node: string): Promise<boolean> {
  const { stdout } = await lab.exec(node, ['curl', '-s', 'http://127.0.0.1:7472/metrics']);
  return /^arpeggio_responder\{where="kernel"\} 1$/m.test(stdout);
}

function macOf(node: string): string {
  return lab.nodes().find(({ name }) => name === node)?.mac ?? '';
}

/** To the client's questions for the address. */
async function onlyOwnerAnswers(): Promise<boolean> {
  const owner = macOf((await ownerOf(lab, IP)) ?? '');
  const { stdout } = await lab.exec('client', ['arping', '-b', '-c', '3', '-w', '5', '-I', 'eth0', IP]);
  const macs = stdout.match(/[0-9a-f]{2}(:[0-9a-f]{2}){5}/gi) ?? [];
  return macs.length >= 3 && macs.every((mac) => mac.toLowerCase() === owner);
}

describe('a release', { timeout: 300_000 }, () => {
  let first: string[] = [];
  before(async () => {
    await lab.down();
    first = await release();
    await unpackImage(unpacked);
  });
  after(async () => {
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a second build at another time gives the same image, manifests and bill of materials', async () => {
    // Compressed layers are kept, and would hide a difference of the second compression.
    rmSync(join(checkout, 'dist/layers'), { recursive: true });
    assert.deepEqual(await release(), first);
  });

  test('the manifests name the image by its digest and nothing else of ours', () => {
    const [index = ''] = first;
    const { manifests } = JSON.parse(index) as { manifests: { digest: string }[] };
    const images = MANIFESTS.flatMap((name) => read(name).match(/image: .+/g) ?? []);
    assert.equal(images.length, 9);
    for (const image of images) assert.ok(image.endsWith(`@${manifests[0]?.digest}`), image);
    const classes = MANIFESTS.map((name) => read(name).match(/name: LB_CLASS/g)?.length ?? 0);
    assert.deepEqual(classes, [0, 0, 3]);
  });

  test('the bill of materials and the licences name what went in, and nothing of development', () => {
    const { components } = JSON.parse(read('sbom.cdx.json')) as Bom;
    const names = components.map(({ name }) => name);
    for (const name of ['express', 'raw-socket', 'nan', '@kubernetes/client-node', 'libc6', 'libstdc++6']) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(names.some((name) => name.startsWith('node-linux-')));
    for (const name of ['typescript', 'fast-check', 'esbuild']) assert.ok(!names.includes(name), name);
    const licences = `\n${readFileSync(join(unpacked, 'rootfs/app/LICENCES.txt'), 'utf8')}`;
    for (const { name, version, purl } of components) {
      const isBundled = purl.startsWith('pkg:npm/') && !name.startsWith('node-linux-');
      assert.equal(licences.includes(`\n${name}@${version} (`), isBundled, name);
    }
  });

  test('runc runs the image as a user without rights, on a root that has no shell', async () => {
    const pool = readFileSync(join(checkout, 'manifests/samples/configmap.yaml'), 'utf8');
    const { stdout, stderr } = await runImage(['node', 'cli/main.ts', 'validate', '-'], pool);
    assert.equal(stdout, '1 object checked, 0 denied, 0 warnings\n', stderr);
    const identity = await runImage(['node', '-p', 'process.getuid() + ":" + process.getgid()'], '');
    assert.equal(identity.stdout, '65532:65532\n', identity.stderr);
    assert.notEqual((await runImage(['sh', '-c', 'true'], '')).code, 0);
  });

  test('its manifest installs it, and runc runs every program on a root that cannot be written', async () => {
    await lab.up({ nodes: 2, image: unpacked, manifest: join(checkout, 'dist/arpeggio.yaml') });
    const found = await runningContainers(lab);
    const names = ['controller', 'speaker', 'webhook'].flatMap((program) => [`${program} node1`, `${program} node2`]);
    assert.deepEqual(
      found.map(({ program, node }) => `${program} ${node}`),
      names,
    );
    const paths = ['/a', '/app/a', '/etc/a', '/tmp/a', '/var/run/secrets/kubernetes.io/serviceaccount/token'];
    for (const container of found) {
      const codes = await refusedFiles(container, [...paths, '/proc/sys/net/ipv4/ip_forward']);
      assert.deepEqual(new Set(codes), new Set(['EROFS']), container.program);
    }
  });

  test('the kernel grants them what their Pods ask for: a speaker sends raw packets as root, the others may nothing', async () => {
    const ofSpeaker = { uid: 0, gid: 0, effective: capability.netRaw, bounding: capability.netRaw };
    const ofOthers = { uid: 65532, gid: 65532, effective: 0n, bounding: 0n };
    for (const { program, pid } of await runningContainers(lab)) {
      const wanted = program === 'speaker' ? ofSpeaker : ofOthers;
      assert.deepEqual(rightsOf(pid), { ...wanted, ambient: 0n, noNewPrivileges: true }, program);
    }
  });

  test('addresses are given and answered, and admission refuses', async () => {
    await pollUntil('the heartbeat threads', async () => (await readyPeers(lab, 'node1')) === 1, PATIENCE);
    await apply(lab, configMapManifest(POOL));
    await lab.backend('web');
    await apply(lab, serviceManifest({ name: 'web' }));
    await untilAddress(lab, 'web');
    assert.equal(await addressOf(lab, 'web'), IP);
    assert.match(await untilAnswer(lab, IP), /^node[12]$/);
    await pollUntil('answers of the owner alone', onlyOwnerAnswers, PATIENCE);
    const clash = serviceManifest({ name: 'clash', loadBalancerIP: IP });
    assert.match(await refusalOf(lab, clash), /192\.168\.1\.240 is already used by default\/web/);
  });

  test('a speaker that runc kills is replaced by the other one, and is back as a new container', async () => {
    const owner = (await ownerOf(lab, IP)) ?? '';
    const killed = await untilContainer(lab, 'speaker', owner);
    const guest = await addGuest(lab.name, 'observer', 101);
    const wire = await watchWire(guest, { ips: [IP], everyMs: 20 });
    const answered = (isWanted: (mac: string) => boolean, since: number) =>
      wire.frames.find(({ at, mac, kind }) => kind === 'answer' && at > since && isWanted(mac));
    try {
      await pollUntil('its answers', () => answered((mac) => mac === macOf(owner), 0), PATIENCE);
      const since = monotonicNow();
      await must([...killed.runc, 'kill', killed.program, 'KILL']);
      const first = await pollUntil('an heir', () => answered((mac) => mac !== macOf(owner), since), PATIENCE);
      assert.notEqual((await untilContainer(lab, 'speaker', owner)).pid, killed.pid);
      await pollUntil('its answers again', () => answered((mac) => mac === macOf(owner), first.at), PATIENCE);
    } finally {
      await wire.close();
      await guest.remove();
    }
    assert.match(await untilAnswer(lab, IP), /^node[12]$/);
  });

  // A kubelet may give it to whoever names none (`seccompDefault`).
  test("under containerd's seccomp profile all programs go on", async () => {
    const securityContext = { seccompProfile: { type: 'RuntimeDefault' } };
    const patch = JSON.stringify({ spec: { template: { spec: { securityContext } } } });
    const ours = ['-n', 'metallb-system'];
    for (const workload of ['deployment/controller', 'deployment/webhook', 'daemonset/speaker']) {
      await lab.mustKubectl(['patch', ...ours, workload, '--patch', patch]);
      await lab.mustKubectl(['rollout', 'status', ...ours, workload, '--timeout', '60s']);
    }
    const areFiltered = async () => {
      const pids = (await runningContainers(lab)).map(({ pid }) => pid);
      return pids.length === 6 && pids.every(isFiltered);
    };
    await pollUntil('the filters', areFiltered, PATIENCE);
    assert.match(await untilAnswer(lab, IP), /^node[12]$/);
    assert.match(await refusalOf(lab, serviceManifest({ name: 'clash', loadBalancerIP: IP })), /is already used/);
    await apply(lab, serviceManifest({ name: 'filtered' }));
    assert.match(await untilAnswer(lab, await untilAddress(lab, 'filtered')), /^node[12]$/);
  });

  test('its command line serves the page, with files that are all its own', async () => {
    const main = join(unpacked, 'rootfs/app/cli/main.ts');
    const stop = new AbortController();
    let said = '';
    const kubeconfig = ['--kubeconfig', lab.files.kubeconfig];
    const serving = lab.exec('control', [process.execPath, main, 'ui', ...kubeconfig], {
      signal: stop.signal,
      onOutput: (text) => (said += text),
    });
    const url = await pollUntil('the page', () => /^http:\S+/.exec(said)?.[0], PATIENCE);
    const answer = await lab.exec('control', ['curl', '-sf', url, `${url}main.js`, `${url}lit-html.js`]);
    assert.equal(answer.code, 0);
    assert.match(answer.stdout, /<title>Arpeggio<\/title>.*new EventSource.*litHtmlVersions/s);
    stop.abort();
    await serving;
  });

  test('its other manifest changes the speakers to answers from the kernel, with two capabilities more', async () => {
    await lab.mustKubectl(['apply', '-f', join(checkout, 'dist/arpeggio-ebpf.yaml')]);
    for (const node of ['node1', 'node2']) {
      await pollUntil(`the kernel on ${node}`, () => answersInKernel(node), PATIENCE);
      const { effective, noNewPrivileges } = rightsOf((await untilContainer(lab, 'speaker', node)).pid);
      assert.equal(effective, capability.netRaw | capability.netAdmin | capability.bpf);
      assert.ok(noNewPrivileges);
    }
    assert.match(await untilAnswer(lab, IP), /^node[12]$/);
    await pollUntil('answers of the owner alone', onlyOwnerAnswers, PATIENCE);
  });

  test('down leaves no container, no mount and no cgroup', async () => {
    assert.equal((await runningContainers(lab)).length, 6);
    await lab.down();
    assert.deepEqual(leftovers(lab.name), nothing);
  });
});
