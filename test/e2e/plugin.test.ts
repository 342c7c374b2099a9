// The operator's day with `kubectl arpeggio` in a real cluster: look, drain, migrate, report.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { BugReport } from '#cli/bug-report.ts';
import type { Explanation } from '#cli/explain.ts';
import type { Drained } from '#cli/print-drain.ts';
import type { Status } from '#cli/status.ts';
import { openLab } from '#test/lab/lab.ts';
import { signalProcesses } from '#test/lab/processes.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { announcersOf, apply, ownerOf, request, serviceManifest, untilAddress, untilAnswer } from './cluster.ts';
import { allowFew, arpeggio, kubectlWithPlugin } from './plugin.ts';

const SAMPLE = readFileSync(join(checkout, 'manifests/samples/configmap.yaml'), 'utf8');
const IP = '192.168.1.240';
const PATIENCE = { every: 200, within: 20_000 };
type SecretList = { readonly items: readonly { readonly data?: { readonly [name: string]: string } }[] };
const isPrivate = (name: string) => name.includes('key');

const lab = openLab('plugin');
let owner = '';

const untilOwner = (node: string) =>
  pollUntil(`${node} to own ${IP}`, async () => (await ownerOf(lab, IP)) === node, PATIENCE);

async function crashWebhooks(): Promise<void> {
  assert.ok(signalProcesses(lab.name, /webhook\/main\.ts/, 'SIGKILL') >= 2);
  const isBack = async () => {
    const { programs } = JSON.parse((await arpeggio(lab, ['status', '-o', 'json'])).stdout) as Status;
    return programs.some(({ program, ready, restarts }) => program === 'webhook' && ready === 2 && restarts === 2);
  };
  await pollUntil('both webhooks after a crash', isBack, PATIENCE);
}

describe('kubectl arpeggio', { timeout: 180_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2 });
    await apply(lab, SAMPLE);
    await lab.backend('web');
    await apply(lab, serviceManifest({ name: 'web' }));
    assert.equal(await untilAddress(lab, 'web'), IP);
    await untilAnswer(lab, IP);
    owner = await pollUntil('ServiceL2Status', () => announcersOf(lab, 'web'), PATIENCE);
  });
  after(() => lab.down());

  test('status shows who owns what, and finds nothing wrong', async () => {
    const { code, stdout } = await arpeggio(lab, ['status', '-o', 'json']);
    const { findings, services, pools } = JSON.parse(stdout) as Status;
    assert.deepEqual([code, findings], [0, []]);
    assert.deepEqual(services, [
      { service: 'default/web', reason: 'Allocated', address: IP, pool: 'default', owners: [owner] },
    ]);
    assert.deepEqual([pools[0]?.used, pools[0]?.free, pools[0]?.advertisements], ['1', '10', ['config/default']]);
  });

  test('who may read only what is needed gets an answer, and is told what was not looked at', async () => {
    const kubeconfig = await allowFew(lab);
    const { code, stdout } = await arpeggio(lab, ['explain', 'web', '-o', 'json', '--kubeconfig', kubeconfig]);
    const { findings } = JSON.parse(stdout) as Explanation;
    assert.equal(code, 0);
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['Allocated', 'unknown', 'Forbidden'],
    );
  });

  test('kubectl completes commands, Services and nodes', async () => {
    // kubectl asks the plugin's own script, which stands beside it on the PATH.
    const completed = async (...words: string[]) =>
      (await kubectlWithPlugin(lab, ['__complete', 'arpeggio', ...words])).stdout;
    assert.match(await completed('expl'), /^explain\twhy a Service .*\n:4\n/);
    assert.match(await completed('explain', 'w'), /^web\n:4\n/);
    assert.match(await completed('drain', ''), /^node1\nnode2\n:4\n/);
  });

  test('drain waits until the node announces nothing, and undrain gives its addresses back', async () => {
    const { code, stdout } = await arpeggio(lab, ['drain', owner, '-o', 'json']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout) as Drained, { node: owner, isSilent: true, remaining: [], unverified: [] });
    assert.notEqual(await ownerOf(lab, IP), owner);
    assert.match(await request(lab, IP), /^node[12]$/);
    assert.equal((await arpeggio(lab, ['undrain', owner])).stdout, `${owner} may announce again\n`);
    await untilOwner(owner);
  });

  test('drain says what stays where nobody else can announce it', async () => {
    const local = JSON.stringify({ spec: { externalTrafficPolicy: 'Local' } });
    await lab.backend('web', { nodes: [owner] });
    await lab.mustKubectl(['patch', 'service', 'web', '-p', local]);
    const { code, stdout } = await arpeggio(lab, ['drain', owner, '--timeout', '1s', '-o', 'json']);
    const { remaining } = JSON.parse(stdout) as Drained;
    assert.deepEqual([code, remaining.length], [1, 1]);
    assert.match(remaining[0]?.why ?? '', /^no other node can announce it: node[12] \(no ready endpoint there/);
    assert.match(await untilAnswer(lab, IP), /^node[12]$/);
    await arpeggio(lab, ['undrain', owner]);
    await lab.backend('web');
  });

  test('drain of a node that is not there ends with 2', async () => {
    const { code, stderr } = await arpeggio(lab, ['drain', 'node9']);
    assert.equal(code, 2);
    assert.match(stderr, /nodes "node9" not found/);
  });

  test('bug-report tells what every program says and shows, before a restart too, and no Secret', async () => {
    await pollUntil('an owner of web', () => announcersOf(lab, 'web'), PATIENCE);
    await crashWebhooks();
    const { code, stdout, stderr } = await arpeggio(lab, ['bug-report', '--file', '-']);
    assert.deepEqual([code, stderr], [0, '']);
    const { objects, logs, logsBeforeRestart, metrics, status } = parse(stdout) as BugReport;
    assert.equal(Object.keys(logs).length, 6);
    // A controller that waits for the Lease has nothing to say.
    for (const [pod, text] of Object.entries(logs)) assert.match(text, /^(\{"level":.*\}\n)*$/, pod);
    const talkers = Object.keys(logs).filter((pod) => logs[pod] !== '');
    assert.deepEqual([...new Set(talkers.map((pod) => pod.split('-')[0]))].sort(), [
      'controller',
      'speaker',
      'webhook',
    ]);
    const tail = await lab.mustKubectl(['logs', '-n', 'metallb-system', 'daemonset/speaker', '--tail=1']);
    assert.equal(tail.trim().split('\n').length, 1);
    assert.equal(Object.keys(logsBeforeRestart).length, 2);
    for (const [pod, text] of Object.entries(logsBeforeRestart)) {
      assert.match(pod, /^webhook-/);
      assert.match(text, /^\{"level":"info",.*\}$/m, pod);
      assert.notEqual(text, logs[pod]);
    }
    assert.deepEqual(
      Object.entries(objects).filter(([, items]) => typeof items === 'string'),
      [],
    );
    assert.equal(objects['services']?.length, 1);
    for (const [pod, text] of Object.entries(metrics))
      assert.match(text, /^metallb_k8s_client_config_loaded_bool 1$/m, pod);
    assert.equal(Object.keys(metrics).length, 6);
    assert.deepEqual(status.findings, []);
    const { items } = JSON.parse(await lab.mustKubectl(['get', 'secrets', '-A', '-o', 'json'])) as SecretList;
    const keys = items.flatMap(({ data = {} }) =>
      Object.keys(data).flatMap((name) => (isPrivate(name) ? [data[name] ?? ''] : [])),
    );
    assert.ok(keys.length >= 2);
    for (const key of keys) {
      assert.ok(!stdout.includes(key));
      assert.ok(!stdout.includes(Buffer.from(key, 'base64').toString().trim()));
    }
  });

  test('migrate turns the ConfigMap into resources, the ConfigMap may go, and the Service keeps its address', async () => {
    const printed = await arpeggio(lab, ['migrate']);
    assert.equal(printed.code, 0, printed.stderr);
    const applied = await arpeggio(lab, ['migrate', '--apply']);
    assert.match(
      applied.stdout,
      /^L2Advertisement "default" applied\nIPAddressPool "default" applied\nThe ConfigMap has no effect/,
    );
    await lab.mustKubectl(['apply', '--server-side', '-f', '-'], printed.stdout);
    await lab.mustKubectl(['delete', 'configmap', 'config', '-n', 'metallb-system']);
    const { stdout } = await arpeggio(lab, ['status', '-o', 'json']);
    const { pools, services } = JSON.parse(stdout) as Status;
    assert.deepEqual(
      pools.map(({ pool, from, advertisements }) => [pool, from, advertisements]),
      [['default', 'IPAddressPool', ['default']]],
    );
    assert.equal(services[0]?.address, IP);
    assert.match(await untilAnswer(lab, IP), /^node[12]$/);
    assert.equal((await arpeggio(lab, ['migrate'])).code, 2);
  });
});
