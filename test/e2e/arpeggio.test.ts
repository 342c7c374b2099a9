// Arpeggio end to end on a real cluster: from `kubectl apply` to HTTP, and through every fault of this version.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openLab } from '#test/lab/lab.ts';
import { signalProcesses } from '#test/lab/processes.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import {
  addressOf,
  announcersOf,
  apply,
  configMapManifest,
  isRegistered,
  jsonPath,
  ownerOf,
  readyPeers,
  refusalOf,
  request,
  saysStale,
  serviceManifest,
  untilAddress,
  untilAnswer,
} from './cluster.ts';

const SAMPLE = readFileSync(join(checkout, 'manifests/samples/configmap.yaml'), 'utf8');
const IP = '192.168.1.240';
const KEY = 'metallb.io/allow-shared-ip';
const CLASH = serviceManifest({ name: 'clash', loadBalancerIP: IP });
const PATIENCE = { every: 200, within: 20_000 };
const lab = openLab('e2e');

describe('arpeggio', { timeout: 300_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 3 });
  });
  after(() => lab.down());

  test('the ConfigMap of the README, then a Service: an address from the pool and HTTP through it', async () => {
    await apply(lab, SAMPLE);
    await lab.backend('web');
    await apply(lab, serviceManifest({ name: 'web', annotations: { [KEY]: 'web' } }));
    assert.equal(await untilAddress(lab, 'web'), IP);
    assert.match(await untilAnswer(lab, IP), /^node[123]$/);
    const condition = '{.status.conditions[?(@.type=="arpeggio.dev/Allocated")].message}';
    assert.equal(await jsonPath(lab, ['service', 'web'], condition), `${IP} from pool "default"`);
    const owner = await pollUntil('an owner', () => ownerOf(lab, IP), PATIENCE);
    await pollUntil('ServiceL2Status to name it', async () => (await announcersOf(lab, 'web')) === owner, PATIENCE);
  });

  test('a broken pool is refused with line, column and what was meant', async () => {
    const broken = configMapManifest('address-pools:\n- name: a\n  protocol: layer2\n  adresses: [10.0.0.0/30]\n');
    const wanted =
      'The ConfigMap "config" is invalid: data.config:4:3: unknown key "adresses" in address-pools[0], did you mean "addresses"';
    assert.equal(await refusalOf(lab, broken), wanted);
  });

  test('a second Service that wants the same address is refused, by key and by port', async () => {
    const noKey = await refusalOf(lab, serviceManifest({ name: 'second', loadBalancerIP: IP }));
    assert.equal(
      noKey,
      `The Service "second" is invalid: spec.loadBalancerIP: ${IP} is already used by default/web; to share it, set allow-shared-ip "web"`,
    );
    const samePort = serviceManifest({ name: 'second', loadBalancerIP: IP, annotations: { [KEY]: 'web' } });
    assert.equal(
      await refusalOf(lab, samePort),
      `The Service "second" is invalid: spec.ports[0]: TCP/80 on ${IP} is already used by default/web (port "http")`,
    );
  });

  test('two Services share one address on different ports', async () => {
    await apply(lab, serviceManifest({ name: 'second', port: 81, loadBalancerIP: IP, annotations: { [KEY]: 'web' } }));
    assert.equal(await untilAddress(lab, 'second'), IP);
    assert.match(await untilAnswer(lab, IP, 81), /^node[123]$/);
    assert.match(await request(lab, IP, 80), /^node[123]$/);
  });

  test('killing the controller and the webhook loses no allocation, and both come back', async () => {
    assert.ok(signalProcesses(lab.name, /controller\/main\.ts/, 'SIGKILL') > 0);
    assert.ok(signalProcesses(lab.name, /webhook\/main\.ts/, 'SIGKILL') > 0);
    assert.match(await request(lab, IP), /^node[123]$/);
    const refused = async () => (await refusalOf(lab, CLASH)).startsWith('The Service "clash" is invalid');
    await pollUntil('the webhook to refuse again', refused, PATIENCE);
    await apply(lab, serviceManifest({ name: 'third' }));
    assert.equal(await untilAddress(lab, 'third'), '192.168.1.241');
    assert.deepEqual([await addressOf(lab, 'web'), await addressOf(lab, 'second')], [IP, IP]);
  });

  test('a ConfigMap that breaks behind the webhook keeps the last good one in every program, and says so', async () => {
    // Stopped webhooks cannot mend their registration while it is away.
    assert.ok(signalProcesses(lab.name, /webhook\/main\.ts/, 'SIGSTOP') > 0);
    await lab.mustKubectl(['delete', 'validatingwebhookconfiguration', 'arpeggio']);
    await apply(lab, configMapManifest('address-pools: everything\n'));
    signalProcesses(lab.name, /webhook\/main\.ts/, 'SIGCONT');
    for (const program of ['webhook', 'controller', 'speaker']) {
      const { events, gauges, logs } = await pollUntil(`${program} to say it`, () => saysStale(lab, program), PATIENCE);
      assert.deepEqual([events, gauges, logs], [true, true, true]);
    }
    await apply(lab, serviceManifest({ name: 'fourth' }));
    assert.equal(await untilAddress(lab, 'fourth'), '192.168.1.242');
    assert.match(await request(lab, IP), /^node[123]$/);
    await pollUntil('the registration to be mended', () => isRegistered(lab), PATIENCE);
    await apply(lab, SAMPLE);
  });

  test('without the API server the address is answered on, and a dead speaker is replaced', async () => {
    const owner = await pollUntil('an owner', () => ownerOf(lab, IP), PATIENCE);
    assert.equal(signalProcesses(lab.name, /kube-apiserver/, 'SIGSTOP'), 1);
    try {
      assert.match(await request(lab, IP), /^node[123]$/);
      await lab.killSpeaker(owner);
      const other = async () => {
        const now = await ownerOf(lab, IP);
        return now !== owner && now;
      };
      const heir = await pollUntil('another owner', other, PATIENCE);
      assert.match(await untilAnswer(lab, IP), /^node[123]$/);
      assert.equal(await ownerOf(lab, IP), heir);
    } finally {
      signalProcesses(lab.name, /kube-apiserver/, 'SIGCONT');
    }
    await pollUntil(
      'the API server',
      async () => (await lab.kubectl(['get', '--raw', '/readyz'])).code === 0,
      PATIENCE,
    );
    await lab.startSpeaker(owner);
    await pollUntil(`${owner} to own ${IP} again`, async () => (await ownerOf(lab, IP)) === owner, PATIENCE);
    assert.equal(await addressOf(lab, 'web'), IP);
  });

  test('when the owner loses its power another node takes the address over', async () => {
    const owner = await pollUntil('an owner', () => ownerOf(lab, IP), PATIENCE);
    await lab.powerOff(owner);
    const heir = await pollUntil(
      'another owner',
      async () => {
        const now = await ownerOf(lab, IP);
        return now !== owner && now;
      },
      PATIENCE,
    );
    assert.notEqual(heir, owner);
    assert.equal(await addressOf(lab, 'web'), IP);
    await pollUntil(`ServiceL2Status to name ${heir}`, async () => (await announcersOf(lab, 'web')) === heir, PATIENCE);
    await lab.powerOn(owner);
    await pollUntil(`${owner} to own ${IP} again`, async () => (await ownerOf(lab, IP)) === owner, PATIENCE);
  });

  test('an address that a stranger uses is put aside, and the Service gets the next one', async () => {
    const { stdout } = await lab.exec('client', ['ip', '-o', '-4', 'address', 'show', 'scope', 'global']);
    const device = /^\d+: (\S+)/.exec(stdout)?.[1] ?? '';
    await lab.exec('client', ['ip', 'address', 'add', '192.168.1.243/24', 'dev', device]);
    await apply(lab, serviceManifest({ name: 'sixth' }));
    await pollUntil('the next address', async () => (await addressOf(lab, 'sixth')) === '192.168.1.244', PATIENCE);
    // And nobody took a peer for a stranger in all that went before.
    assert.equal(
      await jsonPath(lab, ['-n', 'metallb-system', 'addressconflicts'], '{.items[*].spec.ip}'),
      '192.168.1.243',
    );
    await lab.exec('client', ['ip', 'address', 'del', '192.168.1.243/24', 'dev', device]);
    assert.match(await untilAnswer(lab, '192.168.1.244'), /^node[123]$/);
  });

  test('a Service that is deleted frees its address for the next one', async () => {
    await lab.mustKubectl(['delete', 'service', 'third']);
    await apply(lab, serviceManifest({ name: 'fifth' }));
    assert.equal(await untilAddress(lab, 'fifth'), '192.168.1.241');
  });

  test('with sticky owners an address stays with its new owner when the old one returns', async () => {
    const speakers = ['-n', 'metallb-system', 'daemonset/speaker'];
    await lab.mustKubectl(['set', 'env', ...speakers, 'STICKY_OWNER=true']);
    await lab.mustKubectl(['rollout', 'status', ...speakers, '--timeout=120s']);
    const owner = await pollUntil('an owner', () => ownerOf(lab, IP), PATIENCE);
    await lab.powerOff(owner);
    const other = async () => {
      const now = await ownerOf(lab, IP);
      return now !== owner && now;
    };
    const heir = await pollUntil('another owner', other, PATIENCE);
    await lab.powerOn(owner);
    await pollUntil(`${heir} to see ${owner} ready`, async () => (await readyPeers(lab, heir)) === 2, PATIENCE);
    assert.equal(await ownerOf(lab, IP), heir);
    assert.match(await request(lab, IP), /^node[123]$/);
  });
});
