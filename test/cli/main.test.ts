// The process itself: its exit codes, and a reader that leaves early.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';

const ROOT = new URL('../../', import.meta.url).pathname;
const PLUGIN = `${ROOT}cli/kubectl-arpeggio`;
const NOWHERE = { ...process.env, KUBECONFIG: '/dev/null/kubeconfig' };

function run(command: string, env: NodeJS.ProcessEnv = {}): { status: number | null; stderr: string } {
  return spawnSync('sh', ['-c', command], { encoding: 'utf8', env: { ...NOWHERE, ...env } });
}

/** Node's options that make the first write of the command throw. */
function planted(error: string): NodeJS.ProcessEnv {
  const code = `process.stdout.write = () => { throw new ${error}("planted") }`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

describe('kubectl-arpeggio', () => {
  test('says nothing when its reader has seen enough', () => {
    assert.equal(run(`${PLUGIN} --help | true`).stderr, '');
  });

  test('shows where it comes from when it has a bug, and ends with 2', () => {
    const { status, stderr } = run(`${PLUGIN} __complete explain ""`, planted('TypeError'));
    assert.match(stderr, /^TypeError: planted\n +at .*\n( +at .*\n)*.*main\.ts:\d+/m);
    assert.equal(status, 2);
  });

  const codes: [string, string, number, RegExp][] = [
    ['help', '--help', 0, /^$/],
    ['an unknown command', 'nonsense', 2, /^error: unknown command 'nonsense'\n$/],
    [
      'a duration that is none',
      'drain node1 --timeout 5',
      2,
      /"5" is not a duration, wanted for example "30s" or "2m"/,
    ],
    ['a kubeconfig that is not there', 'status', 2, /^Cannot read kubeconfig "\/dev\/null\/kubeconfig": /],
    ['completions without a cluster', '__complete explain ""', 0, /^$/],
  ];
  for (const [what, args, status, stderr] of codes) {
    test(`ends with ${status} after ${what}`, () => {
      const ran = run(`${PLUGIN} ${args}`);
      assert.equal(ran.status, status);
      assert.match(ran.stderr, stderr);
    });
  }
});
