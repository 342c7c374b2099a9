// The process itself: its exit codes, and a reader that leaves early.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';

const ROOT = new URL('../../', import.meta.url).pathname;
const PLUGIN = `${ROOT}cli/kubectl-arpeggio`;
const NOWHERE = { ...process.env, KUBECONFIG: '/dev/null/kubeconfig' };

function run(command: string): { status: number | null; stderr: string } {
  return spawnSync('sh', ['-c', command], { encoding: 'utf8', env: NOWHERE });
}

describe('kubectl-arpeggio', () => {
  test('says nothing when its reader has seen enough', () => {
    assert.equal(run(`${PLUGIN} --help | true`).stderr, '');
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
