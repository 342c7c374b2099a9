// Files under the rules of admission: what `arpeggio validate` prints, whole, and its exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { readManifests } from '#cli/documents.ts';
import { noCluster } from '#cli/present.ts';
import { formatReports, isRefused } from '#cli/print.ts';
import { type Present, validateManifests } from '#cli/validate.ts';
import { parseConfig } from '#core/config.ts';
import { pool as livePool, service as liveService, NAMESPACE, world } from '#test/webhook/builders.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const OFFLINE = noCluster({ namespace: NAMESPACE, loadBalancerClass: undefined, onServiceProblems: 'deny' });

const pool = (name: string, range: string, more = '') => `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: ${name}, namespace: metallb-system}
spec: {addresses: [${range}]${more}}`;
const ADVERTISED = `
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: all, namespace: metallb-system}`;
const service = (name: string, ip: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {type: LoadBalancer, loadBalancerIP: ${ip}, ports: [{port: 80}]}`;

function validate(documents: string[], present: Present = OFFLINE): { text: string; refused: boolean } {
  const { manifests, unreadable } = readManifests({ name: 'all.yaml', text: documents.join('\n---\n') }, 'default');
  const reports = validateManifests(manifests, present);
  return { text: formatReports(reports, unreadable), refused: isRefused(reports, unreadable) };
}

const cases: [string, string[], string][] = [
  [
    'Services before their pool in the same files are fine',
    [service('web', '10.0.0.9'), pool('a', '10.0.0.0/24'), ADVERTISED],
    '3 objects checked, 0 denied, 0 warnings\n',
  ],
  [
    'two Services of the files that want one address clash',
    [pool('a', '10.0.0.0/24'), ADVERTISED, service('web', '10.0.0.9'), service('next', '10.0.0.9')],
    `all.yaml document 4, Service default/next:
  denied: spec.loadBalancerIP: 10.0.0.9 is already used by default/web, which has no allow-shared-ip key
4 objects checked, 1 denied, 0 warnings
`,
  ],
  [
    'a misspelt field that the API server would refuse is found',
    [pool('a', '10.0.0.0/24', ', autoasign: true'), ADVERTISED],
    `all.yaml document 1, IPAddressPool metallb-system/a:
  denied: spec: unknown field "autoasign", did you mean "autoAssign"
2 objects checked, 1 denied, 0 warnings
`,
  ],
  [
    'a document that is no YAML does not hide the others',
    ['a: [', service('web', 'x')],
    `all.yaml document 1:
  denied: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1
all.yaml document 2, Service default/web:
  denied: spec.loadBalancerIP: "x" is not an IP address
1 object checked, 2 denied, 0 warnings
`,
  ],
  [
    'an alias without an anchor does not hide the others',
    ['a: *b', service('web', 'x')],
    `all.yaml document 1:
  denied: not YAML: Unresolved alias (the anchor must be set before the alias): b
all.yaml document 2, Service default/web:
  denied: spec.loadBalancerIP: "x" is not an IP address
1 object checked, 2 denied, 0 warnings
`,
  ],
  [
    'objects of other kinds are left alone, and the items of a List are looked at',
    [
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}',
      `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, loadBalancerIP: y}}`,
    ],
    `all.yaml document 2, Service default/a:
  denied: spec.loadBalancerIP: "y" is not an IP address
1 object checked, 1 denied, 0 warnings
`,
  ],
];

describe('validate', () => {
  for (const [what, documents, wanted] of cases) {
    test(what, () => {
      const { text, refused } = validate(documents);
      assert.equal(text, wanted);
      assert.equal(refused, !wanted.includes(' 0 denied'));
    });
  }

  test('a live cluster adds its holders, its pools and the Services a pool still serves', () => {
    const pools = [livePool('a', ['10.0.0.0/24'])];
    const live = world({ pools, services: [liveService('holder', { held: '10.0.0.9' })] });
    const find: Present['find'] = ({ name }) =>
      pools.find(({ metadata }) => (metadata as { name: string }).name === name) as object;
    const present: Present = { world: { ...live, config: parseConfig(live.sources).config }, find };
    const { text } = validate([service('web', '10.0.0.9')], present);
    assert.match(text, /10\.0\.0\.9 is already used by default\/holder/);
    assert.match(validate([pool('a', '10.0.0.0/29')], present).text, /pool "a" still serves default\/holder/);
  });

  const runs: [string, string, number, RegExp][] = [
    ['a sound file', service('web', '10.0.0.9'), 0, /^stdin document 1.*\n {2}warning: .*is in no pool/],
    ['a wrong file', service('web', 'x'), 1, /is not an IP address/],
  ];
  for (const [what, input, status, output] of runs) {
    test(`ends with ${status} after ${what} on standard input`, () => {
      const ran = spawnSync(process.execPath, [`${ROOT}cli/main.ts`, 'validate', '-'], { input, encoding: 'utf8' });
      assert.equal(ran.status, status, ran.stderr);
      assert.match(ran.stdout, output);
    });
  }
});
