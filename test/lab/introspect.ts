// Runs a Pod that reports its own identity, files and environment.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { pollUntil } from './wait.ts';

const patience = { every: 100, within: 15_000 };
const introspection = `
  const { existsSync, readFileSync, writeFileSync } = require('node:fs');
  const status = Object.fromEntries(readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')));
  const canWrite = (path) => { try { writeFileSync(path, ''); return true; } catch { return false; } };
  const account = '/var/run/secrets/kubernetes.io/serviceaccount/';
  console.log(JSON.stringify({
    uid: process.getuid(), effective: status.CapEff, bounding: status.CapBnd, noNewPrivs: status.NoNewPrivs,
    rootIsWritable: canWrite('/file') || canWrite('/app/file'), volumeIsWritable: canWrite('/data/file'),
    token: existsSync(account + 'token'), ca: existsSync(account + 'ca.crt'),
    greeting: process.env.GREETING, host: require('node:os').hostname(), node: process.version.split('.')[0],
  }));
  setInterval(() => undefined, 1000);`;

/** What a program sees of itself when the lab runs it. */
export async function introspect(where: Lab, wish: { name: string; securityContext: object }): Promise<unknown> {
  const { name: pod, securityContext } = wish;
  const container = {
    ...{ name: 'a', image: 'ghcr.io/arpeggio/arpeggio:test', command: ['node', '-e', introspection], securityContext },
    env: [
      { name: 'SELF', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'GREETING', value: 'I am $(SELF)' },
    ],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const spec = { nodeName: 'node1', containers: [container], volumes: [{ name: 'data', emptyDir: {} }] };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod }, spec };
  await where.mustKubectl(['apply', '-f', '-'], JSON.stringify(object));
  const log = join(where.files.logs, `${pod}.node1.${pod}.log`);
  const text = await pollUntil(`${pod} to speak`, () => existsSync(log) && readFileSync(log, 'utf8'), patience);
  await where.mustKubectl(['delete', 'pod', pod, '--now']);
  return JSON.parse(text);
}
