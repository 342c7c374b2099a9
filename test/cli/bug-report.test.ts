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
- name: a # kept
`;
const configMap = (config: string) => ({ kind: 'ConfigMap', metadata: { name: 'config' }, data: { config } });
const textOf = (object: object) => JSON.stringify(object);

describe('a bug report', () => {
  test('lists no resource of Secrets', () => {
    for (const path of Object.values(reportPaths('metallb-system'))) assert.doesNotMatch(path, /secret/i);
  });

  test('shows the configuration without the passwords of peers, however they are written', () => {
    const text = textOf(redactConfigMap(configMap(PEERS)));
    assert.doesNotMatch(text, /hunter2/);
    assert.equal(text.match(/<removed>/g)?.length, 3);
    assert.match(text, /my-asn: 64500/);
    assert.match(text, /- name: a # kept/);
  });

  test('shows a configuration without passwords exactly as it is written, also one that is no YAML', () => {
    const broken = 'address-pools: [ # oops\n';
    assert.deepEqual(redactConfigMap(configMap(broken)), configMap(broken));
    assert.deepEqual(redactConfigMap(configMap('address-pools:   []\n')), configMap('address-pools:   []\n'));
  });

  test('shows nothing of a configuration that is no YAML and may have a password', () => {
    assert.doesNotMatch(textOf(redactConfigMap(configMap('peers: [\n  password: hunter2\n'))), /hunter2/);
  });

  test('shows no copy of an object in an annotation, and no bookkeeping', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': PEERS, 'metallb.io/address-pool': 'a' };
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
