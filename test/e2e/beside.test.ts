// Arpeggio installed beside a MetalLB that lives and the webhook registration it registered: nothing happens and everybody is
// told, and the commands that are told, and nothing else, make everything start.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Status } from '#cli/status.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import {
  addressOf,
  apply,
  configMapManifest,
  isRegistered,
  jsonPath,
  request,
  serviceManifest,
  untilAddress,
  untilAnswer,
} from './cluster.ts';
import { arpeggio } from './plugin.ts';
import { readPods } from './pods.ts';

const OURS = ['-n', 'metallb-system'];
const PATIENCE = { every: 200, within: 20_000 };
const POOL = 'address-pools:\n- name: a\n  protocol: layer2\n  addresses: [192.168.1.240/29]\n';
/** As MetalLB's manifests have it. */
const REGISTRATION = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'metallb-webhook-configuration' },
  webhooks: [
    {
      name: 'ipaddresspoolvalidationwebhook.metallb.io',
      admissionReviewVersions: ['v1'],
      clientConfig: { service: { name: 'metallb-webhook-service', namespace: 'metallb-system', path: '/validate' } },
      failurePolicy: 'Fail',
      sideEffects: 'None',
      rules: [
        {
          ...{ apiGroups: ['metallb.io'], apiVersions: ['v1beta1'] },
          ...{ operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['ipaddresspools'] },
        },
      ],
    },
  ],
};
const NOT_READY = /^not ready: Cannot start beside MetalLB: pod\/metallb-node1 in namespace "metallb-system"/;
const REMOVE_POD = 'kubectl delete -n metallb-system pod/metallb-node1';
const REMOVE_REGISTRATION = 'kubectl delete validatingwebhookconfiguration/metallb-webhook-configuration';
const lab = openLab('beside');

/** The commands that an Event of the program tells, of its last one. */
async function toldBy(program: string): Promise<string[]> {
  const path = `{range .items[?(@.source.component=="arpeggio-${program}")]}{.reason}: {.message}{"\\n"}{end}`;
  const events = await jsonPath(lab, [...OURS, 'events', '--sort-by=.metadata.creationTimestamp'], path);
  const told = events.split('\n').filter((line) => line.startsWith('BesideMetalLB: '));
  return told.at(-1)?.split('; to remove: ')[1]?.split('; ') ?? [];
}

/** Of all its Pods: the Event came from one of them, and the others may still be starting. */
async function urlsOf(program: string): Promise<string[]> {
  const pods = await readPods(lab);
  const own = pods.filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === program);
  assert.equal(own.length, 2, program);
  return own.map(({ status: { podIP } }) => `http://${podIP}:7472`);
}

async function get(url: string): Promise<string> {
  return (await lab.exec('control', ['curl', '-s', url])).stdout;
}

async function readyOf(program: string): Promise<number> {
  const { programs } = await status();
  return programs.find((row) => row.program === program)?.ready ?? 0;
}

async function status(): Promise<Status> {
  return JSON.parse((await arpeggio(lab, ['status', '-o', 'json'])).stdout) as Status;
}

const findings = async () =>
  (await status()).findings.filter(({ reason }) => reason === 'BesideMetalLB').map(({ level }) => level);

/** As it was told, word for word. */
async function follow(command: string): Promise<void> {
  assert.match(command, /^kubectl delete /);
  await lab.mustKubectl(command.split(' ').slice(1));
}

describe('beside MetalLB', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, isBare: true });
    // A Pod that runs, with the label of MetalLB's.
    await lab.backend('metallb', { nodes: ['node1'], namespace: 'metallb-system' });
    await apply(lab, JSON.stringify(REGISTRATION));
    await apply(lab, configMapManifest(POOL));
    await lab.backend('web');
    await apply(lab, serviceManifest({ name: 'web' }));
    await lab.mustKubectl(['apply', '-k', join(checkout, 'manifests')]);
  });
  after(() => lab.down());

  test('every program is alive, does nothing, and tells what to remove', async () => {
    for (const [program, commands] of [
      ['controller', [REMOVE_POD]],
      ['speaker', [REMOVE_POD]],
      ['webhook', [REMOVE_POD, REMOVE_REGISTRATION]],
    ] as const) {
      await pollUntil(`${program} to tell`, async () => (await toldBy(program)).length === commands.length, PATIENCE);
      assert.deepEqual(await toldBy(program), commands);
      for (const url of await urlsOf(program)) {
        await pollUntil(`${url} to tell`, async () => NOT_READY.test(await get(`${url}/readyz`)), PATIENCE);
        assert.equal((await get(`${url}/healthz`)).trim(), 'ok');
        assert.match(await get(`${url}/metrics`), /^arpeggio_start_refused 1$/m);
      }
    }
    assert.equal(await isRegistered(lab), false);
    assert.equal(await addressOf(lab, 'web'), '');
    assert.equal(await jsonPath(lab, [...OURS, 'leases,servicel2statuses,secrets'], '{.items[*].metadata.name}'), '');
    const { programs } = await status();
    const rows = programs.map(({ program, ready, restarts }) => ({ program, ready, restarts }));
    const nothing = { ready: 0, restarts: 0 };
    assert.deepEqual(
      rows,
      ['webhook', 'controller', 'speaker'].map((program) => ({ program, ...nothing })),
    );
  });

  test('`kubectl arpeggio status` and `explain` name it with the same commands', async () => {
    const told = await arpeggio(lab, ['status']);
    assert.equal(told.code, 1);
    assert.ok(told.stdout.includes(`pod/metallb-node1 in namespace "metallb-system"; to remove: ${REMOVE_POD}\n`));
    assert.ok(told.stdout.includes(`to remove: ${REMOVE_REGISTRATION}\n`));
    const { stdout } = await arpeggio(lab, ['explain', 'web']);
    assert.match(stdout, /^Service default\/web\n\nerror: BesideMetalLB: MetalLB runs in the same namespace/);
  });

  test('without MetalLB controller and speakers start by themselves, although its registration is left', async () => {
    for (const command of await toldBy('speaker')) await follow(command);
    const began = performance.now();
    await untilAnswer(lab, await untilAddress(lab, 'web'));
    console.log(`served ${Math.round(performance.now() - began)} ms after MetalLB was gone`);
    await pollUntil('all speakers', async () => (await readyOf('speaker')) === 2, PATIENCE);
    assert.equal(await isRegistered(lab), false);
    assert.deepEqual(await findings(), ['warning']);
  });

  test('without its registration the webhook starts by itself', async () => {
    const rest = (await toldBy('webhook')).filter((command) => command !== REMOVE_POD);
    const began = performance.now();
    for (const command of rest) await follow(command);
    await pollUntil('the registration', () => isRegistered(lab), PATIENCE);
    console.log(`registered ${Math.round(performance.now() - began)} ms after the command`);
    await pollUntil('all replicas', async () => (await readyOf('webhook')) === 2, PATIENCE);
    const { programs, findings: found } = await status();
    assert.deepEqual(found, []);
    assert.deepEqual(
      programs.map(({ restarts }) => restarts),
      [0, 0, 0],
    );
  });

  test('a MetalLB that comes later takes nothing away, and `status` tells of it', async () => {
    const address = await addressOf(lab, 'web');
    await lab.backend('metallb', { nodes: ['node1'], namespace: 'metallb-system' });
    assert.deepEqual(await findings(), ['error']);
    assert.match(await request(lab, address), /^node/);
    await apply(lab, serviceManifest({ name: 'next' }));
    await untilAnswer(lab, await untilAddress(lab, 'next'));
  });
});
