// The lab's own contract (design section 8): commands, sentences, side by side labs, and nothing left behind.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { labCgroup, processesIn } from '#test/lab/cgroup.ts';
import { type Output, run } from '#test/lab/command.ts';
import { introspect } from '#test/lab/introspect.ts';
import { type Lab, openLab } from '#test/lab/lab.ts';
import { leftovers, nothing } from '#test/lab/leftovers.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';

const name = 'labtest';
const neighbour = 'labnext';
const patience = { every: 100, within: 15_000 };

/** The command line itself, as `npm run -s lab --` starts it. */
function lab(args: readonly string[], stdin = ''): Promise<Output> {
  const [command = '', ...rest] = args;
  return run([process.execPath, join(checkout, 'test/lab/main.ts'), command, '--name', name, ...rest], { stdin });
}

async function output(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await lab(args, stdin);
  assert.equal(code, 0, stderr || stdout);
  return stdout;
}

const notUp = 'Cannot reach lab "labtest": it is not up, start it with npm run lab -- up --name labtest\n';

function service(type: string): string {
  const spec = {
    type,
    selector: { app: 'web' },
    ipFamilyPolicy: 'PreferDualStack',
    ports: [{ port: 80, targetPort: 8080 }],
  };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec });
}

async function answersOf(where: Lab, place: string, url: string): Promise<string> {
  const { stdout } = await where.exec(place, ['curl', '-s', '-g', '--max-time', '1', url]);
  return stdout.trim();
}

const strict = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };

describe('lab', { timeout: 180_000 }, () => {
  const library = openLab(name);

  before(async () => {
    await library.down();
    await output(['up', '--bare', '--nodes', '2']);
  });
  after(async () => {
    await library.down();
    await openLab(neighbour).down();
  });

  test('up again changes nothing, and refuses another number of nodes', async () => {
    assert.match(await output(['up', '--bare']), /lab "labtest" is up/);
    const { code, stderr } = await lab(['up', '--bare', '--nodes', '3']);
    assert.equal(code, 1);
    const sentence = 'Cannot start lab "labtest" with 3 nodes: it is up with 2';
    assert.equal(stderr, `${sentence}, take it down first with npm run lab -- down --name labtest\n`);
  });

  test('kubectl and exec pass stdin, stdout and exit code through and add nothing', async () => {
    assert.equal(await output(['kubectl', 'apply', '-f', '-'], service('NodePort')), 'service/web created\n');
    assert.equal(await output(['exec', 'client', '--', 'cat'], 'through\n'), 'through\n');
    assert.equal((await lab(['exec', 'node1', '--', 'sh', '-c', 'exit 7'])).code, 7);
    const missing = await lab(['kubectl', 'get', 'service', 'nobody']);
    assert.deepEqual([missing.code, missing.stdout], [1, '']);
  });

  test('places and nodes that do not exist are named in one sentence', async () => {
    const place = await lab(['exec', 'node9', '--', 'true']);
    assert.equal(place.code, 1);
    assert.equal(place.stderr, 'Cannot find place: "node9", wanted one of "control", "node1", "node2", "client"\n');
    const node = await lab(['power-off', 'node9']);
    assert.equal(node.code, 1);
    assert.equal(node.stderr, 'Cannot find node: "node9", wanted one of "node1", "node2"\n');
    const command = await lab(['fly']);
    assert.equal(command.code, 1);
    assert.match(command.stderr, /^Cannot run lab command: "fly", wanted one of up, kubectl, exec, /);
  });

  test('the cluster is dual-stack and starts with no pool and no LoadBalancer Service', async () => {
    const cidrs = await output(['kubectl', 'get', 'servicecidr', 'kubernetes', '-o', 'jsonpath={.spec.cidrs}']);
    assert.equal(cidrs, '["10.96.0.0/16","fd00:96::/112"]');
    const nodes = await output([
      'kubectl',
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses[?(@.type!="ExternalDNS")].address}',
    ]);
    assert.equal(nodes, '192.168.1.11 fd00:1::11 node1 192.168.1.12 fd00:1::12 node2');
    const services = await output(['kubectl', 'get', 'services,configmaps', '-A', '-o', 'name']);
    assert.doesNotMatch(services, /configmap\/config\n/);
  });

  test('a backend answers with its node name through node port and cluster address', async () => {
    assert.match(await output(['backend', 'web', '--nodes', '2']), /backend "web": ready on node2/);
    const spec = JSON.parse(await output(['kubectl', 'get', 'service', 'web', '-o', 'jsonpath={.spec}']));
    const port = spec.ports[0].nodePort;
    const urls = [
      ['client', `http://192.168.1.11:${port}/`],
      ['node1', `http://${spec.clusterIPs[0]}/`],
      ['node1', `http://[${spec.clusterIPs[1]}]/`],
    ] as const;
    for (const [place, url] of urls) {
      const answer = await pollUntil(`an answer of ${url}`, () => answersOf(library, place, url), patience);
      assert.equal(answer, 'node2');
    }
    assert.match(await output(['backend', 'web']), /ready on node1, node2/);
  });

  test('power-off kills a node at once, says when, and power-on brings all of it back', async () => {
    assert.match(await output(['power-off', 'node2']), /^node2: power off, t0 = \d+\.\d{3} ms/);
    assert.deepEqual(processesIn(join(labCgroup(name), 'node2')), []);
    const ping = await library.exec('client', ['ping', '-c', '1', '-W', '1', '192.168.1.12']);
    assert.notEqual(ping.code, 0);
    const again = await lab(['power-off', 'node2']);
    assert.deepEqual([again.code, again.stderr], [1, 'Cannot power off "node2": it is off already\n']);
    assert.match((await lab(['exec', 'node2', '--', 'true'])).stderr, /^Cannot run on "node2": its power is off/);
    assert.match(await output(['power-on', 'node2']), /node2: power on, Ready/);
    assert.match(await output(['status']), /node2: Ready/);
    await library.mustKubectl(['wait', '--for=condition=Ready', 'pod/web-node2', '--timeout=20s']);
  });

  test('logs and env speak of what runs', async () => {
    assert.match(await output(['logs', 'kube-proxy', 'node1']), /\S/);
    const { code, stderr } = await lab(['logs', 'nobody']);
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot print logs: nothing of "nobody" ran, wanted one of "etcd", /);
    const exports = await output(['env']);
    const shell = await run([
      'sh',
      '-c',
      `${exports}\n$KUBECTL get nodes -o name; nsenter --net=/run/netns/$ARPEGGIO_NS_NODE1 true`,
    ]);
    assert.deepEqual([shell.code, shell.stdout], [0, 'node/node1\nnode/node2\n']);
  });

  test('a Pod runs with exactly the identity, files and environment of its template', async () => {
    const user = { runAsUser: 65_532, runAsGroup: 65_532, runAsNonRoot: true };
    const [plain, raw] = await Promise.all([
      introspect(library, { name: 'plain', securityContext: { ...strict, ...user, capabilities: { drop: ['ALL'] } } }),
      introspect(library, {
        name: 'raw',
        securityContext: { ...strict, capabilities: { drop: ['ALL'], add: ['NET_RAW'] } },
      }),
    ]);
    const shared = {
      noNewPrivs: '1',
      rootIsWritable: false,
      volumeIsWritable: true,
      token: true,
      ca: true,
      node: 'v24',
    };
    const none = '0000000000000000';
    assert.deepEqual(plain, {
      ...shared,
      uid: 65_532,
      effective: none,
      bounding: none,
      greeting: 'I am plain',
      host: 'plain',
    });
    // Bit 13 is CAP_NET_RAW.
    const netRaw = '0000000000002000';
    assert.deepEqual(raw, {
      ...shared,
      uid: 0,
      effective: netRaw,
      bounding: netRaw,
      greeting: 'I am raw',
      host: 'raw',
    });
  });

  test('a Pod the lab cannot run faithfully says why', async () => {
    const containers = [{ name: 'a', image: 'arpeggio.dev/lab/backend', tty: true }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'odd' }, spec: { nodeName: 'node1', containers } };
    await library.mustKubectl(['apply', '-f', '-'], JSON.stringify(pod));
    const path = 'jsonpath={.status.containerStatuses[0].state.waiting.message}';
    const message = await pollUntil(
      'the reason',
      () => library.mustKubectl(['get', 'pod', 'odd', '-o', path]),
      patience,
    );
    assert.equal(message, 'Cannot run Pod default/odd: the lab does not support spec.containers[0].tty');
    await library.mustKubectl(['delete', 'pod', 'odd']);
  });

  test('a second lab runs beside the first, and each goes without a trace', async () => {
    const other = openLab(neighbour);
    await other.up({ nodes: 1, isBare: true });
    const [ours, theirs] = await Promise.all(
      [library, other].map((one) => one.mustKubectl(['get', 'nodes', '-o', 'name'])),
    );
    assert.deepEqual([ours, theirs], ['node/node1\nnode/node2\n', 'node/node1\n']);
    await other.down();
    assert.deepEqual(leftovers(neighbour), nothing);
    assert.match(await output(['status']), /node2: Ready/);

    assert.equal(await output(['down']), 'lab "labtest" is down\n');
    assert.deepEqual(leftovers(name), nothing);
    assert.equal(await output(['down']), 'lab "labtest" was not up\n');
    assert.equal((await lab(['kubectl', 'get', 'nodes'])).stderr, notUp);
  });
});
