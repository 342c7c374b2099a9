// IPv6 and dual-stack Services end to end: allocated, announced by NDP, reachable from the LAN, taken over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openLab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { addressOf, apply, configMapManifest, ownerOf, untilAddress, untilAnswer } from './cluster.ts';

const POOL = `address-pools:
- name: default
  protocol: layer2
  addresses:
  - 192.168.1.240-192.168.1.250
  - fd00:1::f0-fd00:1::ff
`;
const IPV6 = 'fd00:1::f0';
const PATIENCE = { every: 200, within: 20_000 };
const lab = openLab('wiresix');

function service(name: string, families: object): string {
  const spec = { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...families };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
}

describe('IPv6', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2 });
    await apply(lab, configMapManifest(POOL));
    await lab.backend('web');
  });
  after(() => lab.down());

  test('a Service of IPv6 alone gets an address that answers HTTP', async () => {
    await apply(lab, service('six', { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] }));
    assert.equal(await untilAddress(lab, 'six'), IPV6);
    assert.match(await untilAnswer(lab, `[${IPV6}]`), /^node[12]$/);
  });

  test('a dual-stack Service answers on both of its addresses', async () => {
    await apply(lab, service('both', { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }));
    await untilAddress(lab, 'both');
    const [four = '', six = ''] = (await addressOf(lab, 'both')).split(' ');
    assert.match(await untilAnswer(lab, four), /^node[12]$/);
    assert.match(await untilAnswer(lab, `[${six}]`), /^node[12]$/);
  });

  test('the client sees the address in use when it wants it for itself', async () => {
    const { stdout } = await lab.exec('client', ['ndisc6', '-1', '-r', '1', IPV6, 'eth0']);
    assert.match(stdout, /link-layer address: 02:a0:/i);
  });

  test('when the owner loses its power the other node answers', async () => {
    const owner = await pollUntil('an owner', () => ownerOf(lab, IPV6), PATIENCE);
    await lab.powerOff(owner);
    const heir = await pollUntil(
      'another owner',
      async () => {
        const now = await ownerOf(lab, IPV6);
        return now !== owner && now;
      },
      PATIENCE,
    );
    assert.notEqual(heir, owner);
    assert.match(await untilAnswer(lab, `[${IPV6}]`), /^node[12]$/);
  });
});
