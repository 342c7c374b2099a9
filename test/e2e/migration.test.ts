// The way from MetalLB as docs/migration.md goes it, from a MetalLB that gives and announces the addresses until it is
// ended: no address changes, not for a moment, and clients get their answers from the same nodes.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { MIGRATION } from '#test/docs/files.ts';
import { openLab } from '#test/lab/lab.ts';
import { untilAnswer } from './cluster.ts';
import { type Crossed, watchCrossing } from './crossing.ts';
import { openPlayer } from './docs-player.ts';
import { type Era, lacksMetalLb, upWithMetalLb } from './metallb.ts';

const WEB = '192.168.1.240';
const FILES = '192.168.1.245';
const MAIL = '192.168.1.230';
const DNS = '192.168.1.250';
const BOTH = ['192.168.1.241', 'fd00:1::245'] as const;
/** So many that the client knocked all through the gap, one each 20 ms. */
const CONNECTIONS_LEAST = 100;
const SERVICES = [
  `default/both ${BOTH.join(' ')}`,
  `default/dns-tcp ${DNS}`,
  `default/files ${FILES}`,
  `default/mail ${MAIL}`,
  `default/web ${WEB}`,
  `shop/dns-udp ${DNS}`,
];

const lab = openLab('migration');
const player = openPlayer(lab);
let check: () => Promise<void> = () => Promise.resolve();

/** A cluster that this MetalLB serves; what came of the one before is judged first. */
async function begin(t: TestContext, era: Era): Promise<void> {
  await check();
  await lab.down();
  assert.deepEqual((await upWithMetalLb(lab, era)).sort(), SERVICES);
  await allAnswer();
  const crossing = await watchCrossing(lab, [WEB, FILES, MAIL, DNS, BOTH[0]]);
  check = async () => {
    await allAnswer();
    const crossed = await crossing.end();
    for (const line of figures(crossed)) t.diagnostic(`from MetalLB ${era}: ${line}`);
    assert.deepEqual([...crossed.shown].sort(), SERVICES);
    assert.deepEqual(crossed.after, crossed.before, 'the nodes that answer');
    const { all, failed } = crossed.connections;
    assert.ok(all > CONNECTIONS_LEAST, `${all} connections`);
    // Two speakers that start may pass an address to and fro, and one connection that is half-way then is nobody's.
    assert.equal(failed.apart, 0, `of ${all} connections`);
  };
}

/** Clients reach every Service but the one of UDP, to which no backend listens. */
async function allAnswer(): Promise<void> {
  await Promise.all([WEB, BOTH[0], `[${BOTH[1]}]`].map((ip) => untilAnswer(lab, ip)));
  await Promise.all([untilAnswer(lab, MAIL, 25), untilAnswer(lab, DNS, 53)]);
  assert.equal(await untilAnswer(lab, FILES), 'node2');
}

function figures({ silence, connections: { all, failed } }: Crossed): string[] {
  const times = Array.from(silence, ([ip, ms]) => `${ip} ${Math.round(ms)} ms`);
  return [
    `nobody answered ARP for ${times.join(', ')}`,
    `${failed.apart} of ${all} connections of a client failed, and ${failed.inFlight} half-way as the address moved`,
  ];
}

const skip = await lacksMetalLb();

describe('migration from MetalLB', { timeout: 240_000, skip }, () => {
  before(() => lab.down());
  after(async () => {
    player.close();
    await lab.down();
  });

  test('both ways of docs/migration.md do what they say, and no Service changes its address', async (t) => {
    await player.play(MIGRATION, {
      'From a ConfigMap': () => begin(t, '0.12'),
      'From custom resources': () => begin(t, '0.14'),
    });
    await check();
  });
});
