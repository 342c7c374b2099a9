// Admission end to end: every row of docs/admission.md through a real API server, and writes that race each other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FIXTURES, HELD, type Manifest } from '#test/admission/cluster.ts';
import { ROWS } from '#test/admission/document.ts';
import type { Row } from '#test/admission/row.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import type { Write, Written } from './writer.ts';

const lab = openLab('adme2e');
const PATIENCE = { every: 200, within: 20_000 };
const SERVICES = '/api/v1/namespaces/default/services';
const POOLS = '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools';

const LONG = process.env['ARPEGGIO_TEST_LONG'] === '1';
// Beyond what two cores review within the webhook's timeout the API server lets writes pass (`Ignore`), by design.
const CLASHING = LONG ? 200 : 60;
const IN_FLIGHT = LONG ? 32 : 8;
const REPEATS = LONG ? 100 : 20;
const ROUNDS = LONG ? 20 : 1;
const HELD_REPEATS = LONG ? 100 : 5;

describe('admission', { timeout: 3_600_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2 });
  });
  after(() => lab.down());

  describe('before any pool exists', () => {
    for (const row of ROWS.filter(({ isEarly }) => isEarly)) test(row.rule, () => assertRow(row));
  });

  describe('in the cluster of docs/admission.md', () => {
    before(async () => {
      await lab.mustKubectl(['apply', '-f', '-'], list(FIXTURES));
      await pollUntil('addresses of all Services', allServed, PATIENCE);
    });
    for (const row of ROWS.filter(({ isEarly }) => !isEarly)) {
      test(`${row.object.kind}: ${row.rule}`, () => assertRow(row));
    }
  });

  describe('racing writes', () => {
    const namesOf = (count: number) => Array.from({ length: count }, (_, i) => `race-${i}`);
    const remove = (names: readonly string[]) =>
      write(
        names.map((name) => ({ method: 'DELETE', path: `${SERVICES}/${name}` })),
        8,
      );

    test(`of ${CLASHING} clashing Services created at once, one replica admits exactly one`, async () => {
      await scale(1);
      for (let round = 0; round < ROUNDS; round++) {
        const results = await write(
          namesOf(CLASHING).map((name) => create(name, '192.168.1.248')),
          IN_FLIGHT,
        );
        assert.equal(countOf(results, 200), 1);
        assert.equal(countOf(results, 422), CLASHING - 1);
        await remove(namesOf(CLASHING));
      }
    });

    test('what passes two replicas is resolved by the controller: one holder, and the others are told', async () => {
      await scale(2);
      for (let round = 0; round < ROUNDS; round++) {
        const results = await write(
          namesOf(CLASHING).map((name) => create(name, '192.168.1.248', 'one key for all')),
          IN_FLIGHT,
        );
        const admitted = namesOf(CLASHING).filter((_, i) => results[i]?.status === 200);
        assert.ok(admitted.length >= 1, 'none was admitted');
        const told = await pollUntil('one holder', () => outcomeOf(admitted), PATIENCE);
        assert.deepEqual(told.filter(({ isHolder }) => isHolder).length, 1);
        assert.ok(
          told.every(({ isHolder, reason }) => isHolder || reason === 'PortInUse'),
          JSON.stringify(told),
        );
        await remove(admitted);
      }
    });

    test(`a Service deleted and another created at its address passes, ${REPEATS} times`, async () => {
      const writes = Array.from({ length: REPEATS }, (_, i) => [
        create(`swap-${i}`, '192.168.1.247'),
        { method: 'DELETE' as const, path: `${SERVICES}/swap-${i}` },
      ]);
      assertAllPassed(await write(writes.flat(), 1));
    });

    test(`a Service that held its address deleted and another created there passes, ${HELD_REPEATS} times`, async () => {
      assertAllPassed(await write([create('hold-0', '192.168.1.246')], 1));
      for (let i = 0; i < HELD_REPEATS; i++) {
        const path = ['get', 'service', `hold-${i}`, '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}'];
        await pollUntil('an address', () => lab.mustKubectl(path), PATIENCE);
        const remove = { method: 'DELETE' as const, path: `${SERVICES}/hold-${i}` };
        assertAllPassed(await write([remove, create(`hold-${i + 1}`, '192.168.1.246')], 1));
      }
    });

    test(`a pool and a Service at one of its addresses pass together, and go together, ${REPEATS} times`, async () => {
      const writes = Array.from({ length: REPEATS }, (_, i): Write[] => [
        { method: 'POST', path: POOLS, body: poolOf(`once-${i}`) },
        create(`once-${i}`, '10.77.0.1'),
        { method: 'DELETE', path: `${SERVICES}/once-${i}` },
        { method: 'DELETE', path: `${POOLS}/once-${i}` },
      ]);
      assertAllPassed(await write(writes.flat(), 1));
    });
  });
});

type Outcome = { readonly isHolder: boolean; readonly reason: string };

/** Undefined until every one of these Services was told its fate. */
async function outcomeOf(names: readonly string[]): Promise<Outcome[] | undefined> {
  const condition = '{.status.conditions[?(@.type=="arpeggio.dev/Allocated")].reason}';
  const path = `jsonpath={range .items[*]}{.metadata.name} ${condition}{"\\n"}{end}`;
  const lines = (await lab.mustKubectl(['get', 'services', '-o', path])).split('\n').map((line) => line.split(' '));
  const outcomes = lines
    .filter(([name = '', reason]) => names.includes(name) && reason)
    .map(([, reason = '']) => ({ isHolder: reason === 'Allocated', reason }));
  return outcomes.length === names.length ? outcomes : undefined;
}

async function assertRow({ write: how, object, denied, warned }: Row): Promise<void> {
  const { kind, metadata } = object;
  const namespace = metadata.namespace ?? 'default';
  const args =
    how === 'delete'
      ? ['delete', kind.toLowerCase(), metadata.name, '-n', namespace, '--dry-run=server', '--wait=false']
      : ['apply', '--dry-run=server', '-f', '-'];
  const { stderr } = await lab.kubectl(args, { stdin: how === 'apply' ? JSON.stringify(object) : undefined });
  const lines = stderr
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  const warnings = lines.filter((line) => line.startsWith('Warning: ')).map((line) => line.slice('Warning: '.length));
  assert.deepEqual({ denied: denialOf(lines, object), warned: warnings }, { denied, warned });
}

/** The list under the head, the one line behind it, or the sentence of a refused delete. */
function denialOf(lines: readonly string[], { kind, metadata }: Manifest): string[] {
  const head = `The ${kind} "${metadata.name}" is invalid:`;
  const rest = lines.filter((line) => !line.startsWith('Warning: '));
  return rest.flatMap((line) => {
    if (line.trim() === head) return [];
    return [
      line
        .replace(`${head} `, '')
        .replace(/^\* /, '')
        .replace(/^Error from server \(\w+\): .* denied the request: /, ''),
    ];
  });
}

async function allServed(): Promise<boolean> {
  const path = 'jsonpath={range .items[*]}{.metadata.name}={.status.loadBalancer.ingress[*].ip}{"\\n"}{end}';
  const text = await lab.mustKubectl(['get', 'services', '-A', '-o', path]);
  return Object.entries(HELD).every(([name, ip]) => text.includes(`${name}=${ip}\n`));
}

function list(items: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function create(name: string, loadBalancerIP: string, sharingKey?: string): Write {
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, loadBalancerIP, ports: [{ port: 80 }] };
  const annotations = sharingKey === undefined ? {} : { 'metallb.io/allow-shared-ip': sharingKey };
  return { method: 'POST', path: SERVICES, body: { metadata: { name, annotations }, spec } };
}

function poolOf(name: string): object {
  const kind = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool' };
  return { ...kind, metadata: { name }, spec: { addresses: ['10.77.0.0/24'] } };
}

async function write(writes: readonly Write[], inFlight: number): Promise<Written[]> {
  const script = join(checkout, 'test/e2e/writer.ts');
  const options = { env: { KUBECONFIG: lab.files.kubeconfig }, stdin: JSON.stringify({ inFlight, writes }) };
  const { code, stdout, stderr } = await lab.exec('control', [process.execPath, script], options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Written[];
}

function countOf(results: readonly Written[], status: number): number {
  return results.filter((result) => result.status === status).length;
}

function assertAllPassed(results: readonly Written[]): void {
  assert.deepEqual(
    results.filter(({ status }) => status !== 200).map(({ message }) => message),
    [],
  );
}

async function scale(replicas: number): Promise<void> {
  const ours = ['-n', 'metallb-system'];
  await lab.mustKubectl([...ours, 'scale', 'deployment/webhook', `--replicas=${replicas}`]);
  // Pods, not endpoints: one that is leaving still answers on connections that stand.
  const ready = async () => {
    const selector = 'app.kubernetes.io/component=webhook';
    const path = 'jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
    const text = await lab.mustKubectl([...ours, 'get', 'pods', '-l', selector, '-o', path]);
    return text === 'True\n'.repeat(replicas);
  };
  await pollUntil(`${replicas} ready webhooks`, ready, PATIENCE);
}
