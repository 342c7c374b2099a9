// What a report shows, and what it must never show.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { type BugReport, formatBugReport, reportPaths } from '#cli/bug-report.ts';
import { redactConfigMap, redactObject } from '#cli/redact.ts';
import { statusOf } from '#cli/status.ts';
import { snapshot } from './wire.ts';

const PEERS = `peers:
- my-asn: 64500
  password: hunter2 # not for others
- {my-asn: 64500, password: "hunter2"}
- my-asn: 64500
  password: |
    hunter2
address-pools:
- name: a # gone
`;
const configMap = (config: string) => ({ kind: 'ConfigMap', metadata: { name: 'config' }, data: { config } });
const textOf = (object: object) => JSON.stringify(object);

describe('a bug report', () => {
  test('lists no resource of Secrets', () => {
    for (const path of Object.values(reportPaths('metallb-system'))) assert.doesNotMatch(path, /secret/i);
  });

  test('lists what refuses a start: Pods of a MetalLB, however they are labelled, and the registration that one left', () => {
    const paths = Object.values(reportPaths('ours')).map(decodeURIComponent);
    for (const label of ['app=metallb', 'app.kubernetes.io/name=metallb'])
      assert.ok(paths.includes(`/api/v1/namespaces/ours/pods?labelSelector=${label}`), label);
    const registrations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    assert.ok(paths.includes(`${registrations}?fieldSelector=metadata.name=metallb-webhook-configuration`));
  });

  test('shows the configuration without the passwords of peers, however they are written', () => {
    const text = textOf(redactConfigMap(configMap(PEERS)));
    assert.doesNotMatch(text, /hunter2/);
    assert.equal(text.match(/<removed>/g)?.length, 3);
    assert.match(text, /my-asn: 64500/);
    assert.match(text, /- name: a/);
  });

  const hidingPlaces: [string, string][] = [
    ['a comment', 'address-pools: [] # old password: hunter2\n'],
    ['a comment of its own', '# hunter2 was it before\naddress-pools: []\n'],
    ['a comment in what is no YAML', 'address-pools: [ # hunter2\n'],
    ['a document within the document', 'saved: |\n  peers:\n  - password: hunter2\n'],
    ['a quoted document within the document', 'saved: "peers: [{password: hunter2}]"\n'],
    ['a list of lines', '- "password: hunter2"\n- x\n'],
    ['a key', '"password: hunter2": x\n'],
    ['a key written another way', '"pass\\x77ord": hunter2\n'],
    ['a value that stands elsewhere', 'a: &a hunter2\npeers: [{password: *a}]\n'],
    ['a value that is named elsewhere', 'peers: [{password: &a hunter2}]\nb: *a\n'],
    ['a value that stands elsewhere, below a map', 'a: &a hunter2\npassword: {old: *a}\n'],
    ['a map', 'password: {old: hunter2}\n'],
  ];
  for (const [what, config] of hidingPlaces) {
    test(`shows no password in ${what}`, () => {
      assert.doesNotMatch(textOf(redactConfigMap(configMap(config))), /hunter2/);
    });
  }

  test('shows of a ConfigMap no other text with a secret name, nothing binary, and of annotations only ours', () => {
    const annotations = {
      'arpeggio.dev/allow-release': 'true',
      'kapp.k14s.io/original': '{"data":{"config":"peers: [{password: hunter2}]"}}',
      'objectset.rio.cattle.io/applied': 'hunter2',
    };
    const object = {
      ...{ kind: 'ConfigMap', metadata: { name: 'config', annotations } },
      ...{ data: { config: 'a: b\n', password: 'hunter2' }, binaryData: { config: 'aHVudGVyMg==' } },
    };
    assert.deepEqual(redactConfigMap(object), {
      kind: 'ConfigMap',
      metadata: { name: 'config', annotations: { 'arpeggio.dev/allow-release': 'true' } },
      data: { config: 'a: b\n', password: '<removed>' },
    });
  });

  test('takes only comments out of a configuration without passwords: the rest stays to the letter', () => {
    const config = 'address-pools: # one\n-   name:  "a # b"\n    text: |\n      # kept\n    # two\n    more: a#b\n';
    const wanted = 'address-pools: \n-   name:  "a # b"\n    text: |\n      # kept\n    \n    more: a#b\n';
    assert.deepEqual(redactConfigMap(configMap(config)), configMap(wanted));
  });

  test('shows a configuration without passwords exactly as it is written, also one that is no YAML', () => {
    const broken = 'address-pools: [ \n';
    assert.deepEqual(redactConfigMap(configMap(broken)), configMap(broken));
    assert.deepEqual(redactConfigMap(configMap('address-pools:   []\n')), configMap('address-pools:   []\n'));
  });

  test('shows nothing of a configuration that is no YAML and may have a password', () => {
    assert.doesNotMatch(textOf(redactConfigMap(configMap('peers: [\n  password: hunter2\n'))), /hunter2/);
  });

  test('shows no copy of an object in an annotation, and no bookkeeping', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': PEERS,
      'kapp.k14s.io/original': '{"apiVersion":"apps/v1"}',
      'objectset.rio.cattle.io/applied': 'H4sIAAAA',
      'metallb.io/address-pool': 'a',
    };
    const object = { metadata: { name: 'x', managedFields: [{}], annotations } };
    assert.deepEqual(redactObject(object), {
      metadata: { name: 'x', annotations: { 'metallb.io/address-pool': 'a' } },
    });
  });

  test('hides values of the environment whose name says that they are secret', () => {
    const env = [
      { name: 'API_TOKEN', value: 'hunter2' },
      { name: 'FENCING', value: 'majority' },
      { name: 'A_KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ];
    const { spec } = redactObject({ spec: { template: { spec: { containers: [{ env }] } } } });
    const text = textOf(spec as object);
    assert.doesNotMatch(text, /hunter2/);
    assert.match(text, /"FENCING","value":"majority"/);
    assert.match(text, /secretKeyRef/);
  });

  test('is one YAML document that says in its place what could not be read', () => {
    const report: BugReport = {
      kubernetes: { gitVersion: 'v1.34.0' },
      status: statusOf(snapshot()),
      objects: { nodes: 'Cannot GET /api/v1/nodes: 403 forbidden', services: [{ metadata: { name: 'web' } }] },
      logs: { 'speaker-a': '{"msg":"announcing"}\n{"msg":"withdrawn"}\n' },
      logsBeforeRestart: {},
      metrics: {},
    };
    assert.deepEqual(parse(formatBugReport(report)), JSON.parse(JSON.stringify(report)));
  });
});
