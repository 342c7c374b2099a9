// The environment of the speaker.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readSettings } from '#speaker/settings.ts';

const NEEDED = { NODE_NAME: 'node-a', HOST_IP: '10.0.0.1' };

/** Reads settings from exactly these variables. */
function read(variables: { [name: string]: string }) {
  const before = { ...process.env };
  const ours =
    /^(NODE_NAME|HOST_IP|POD_NAMESPACE|LB_CLASS|METRICS_PORT|EXCLUDE_INTERFACES|REFRESH_SECONDS|HEARTBEAT_|LIVENESS|DRAIN_|FENCING|UPLINK_)/;
  for (const name of Object.keys(process.env)) if (ours.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return readSettings(process.env);
  } finally {
    process.env = before;
  }
}

test('two variables are enough', () => {
  const settings = read(NEEDED);
  assert.deepEqual(settings.heartbeat, {
    node: 'node-a',
    address: '10.0.0.1',
    port: 7473,
    intervalMs: 50,
    deadlineMs: 200,
    sticky: false,
  });
  const { namespace, loadBalancerClass, metricsPort, refreshMs } = settings;
  assert.deepEqual([namespace, loadBalancerClass, metricsPort, refreshMs], ['metallb-system', undefined, 7472, 60_000]);
});

test('a fast pace, and numbers that go before it', () => {
  const paceOf = (variables: { [name: string]: string }) => {
    const { intervalMs, deadlineMs } = read({ ...NEEDED, ...variables }).heartbeat;
    return [intervalMs, deadlineMs];
  };
  assert.deepEqual(paceOf({ LIVENESS: 'fast' }), [25, 150]);
  assert.deepEqual(paceOf({ LIVENESS: 'normal', HEARTBEAT_DEADLINE_MS: '600' }), [50, 600]);
  assert.deepEqual(paceOf({ LIVENESS: 'fast', HEARTBEAT_INTERVAL_MS: '30' }), [30, 150]);
});

test('cordon drains only where that is wanted', () => {
  assert.equal(read(NEEDED).drainOnCordon, false);
  assert.equal(read({ ...NEEDED, DRAIN_ON_CORDON: 'true' }).drainOnCordon, true);
});

test('fencing is off unless it is asked for', () => {
  assert.equal(read(NEEDED).fencing, 'none');
  assert.equal(read({ ...NEEDED, FENCING: 'majority' }).fencing, 'majority');
});

test('the gateway is asked only where that is wanted', () => {
  const usual = { intervalMs: 500, failures: 3 };
  assert.equal(read(NEEDED).uplink, undefined);
  assert.equal(read({ ...NEEDED, UPLINK_PROBE: '' }).uplink, undefined);
  for (const target of ['auto', '192.168.1.1', 'fd00::1', 'fe80::1%eth0']) {
    assert.deepEqual(read({ ...NEEDED, UPLINK_PROBE: target }).uplink, { target, ...usual });
  }
  const own = { UPLINK_PROBE: 'auto', UPLINK_INTERVAL_MS: '1000', UPLINK_FAILURES: '5' };
  assert.deepEqual(read({ ...NEEDED, ...own }).uplink, { target: 'auto', intervalMs: 1_000, failures: 5 });
});

const wrong: [string, { [name: string]: string }, string][] = [
  ['no node name', { HOST_IP: '10.0.0.1' }, 'Cannot start: environment variable NODE_NAME is not set'],
  [
    'a deadline below three beats',
    { ...NEEDED, HEARTBEAT_DEADLINE_MS: '100' },
    'Cannot start: HEARTBEAT_DEADLINE_MS is 100, wanted at least 150 with HEARTBEAT_INTERVAL_MS 50',
  ],
  [
    'a pace that does not exist',
    { ...NEEDED, LIVENESS: 'faster' },
    'Cannot start: LIVENESS is "faster", wanted one of "normal", "fast"',
  ],
  [
    'a cordon rule that is neither',
    { ...NEEDED, DRAIN_ON_CORDON: 'yes' },
    'Cannot start: DRAIN_ON_CORDON is "yes", wanted one of "false", "true"',
  ],
  [
    'a fence that does not exist',
    { ...NEEDED, FENCING: 'quorum' },
    'Cannot start: FENCING is "quorum", wanted one of "none", "majority"',
  ],
  ...['gateway', '10.0.0.0/24', '10.0.0.1%eth0'].map((text): [string, { [name: string]: string }, string] => [
    `"${text}" as a gateway`,
    { ...NEEDED, UPLINK_PROBE: text },
    `Cannot start: UPLINK_PROBE is "${text}", wanted the IP address of a gateway, "auto" or nothing`,
  ]),
  [
    'a number of losses that leaves no time to see the others lose theirs',
    { ...NEEDED, UPLINK_PROBE: 'auto', UPLINK_FAILURES: '2' },
    'Cannot start: UPLINK_FAILURES is "2", wanted a whole number from 3 to 100',
  ],
  [
    'a port that is none',
    { ...NEEDED, METRICS_PORT: 'http' },
    'Cannot start: METRICS_PORT is "http", wanted a whole number from 1 to 65535',
  ],
];
for (const [name, variables, message] of wrong) {
  test(`${name} is refused`, () => assert.throws(() => read(variables), { message }));
}
