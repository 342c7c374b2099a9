// The webhook is never in the way: not while it is installed, not while it is down, rotates, or is replaced.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { underReviews } from '#test/chaos/reviews.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { apply, configMapManifest, isRegistered, refusalOf, serviceManifest } from './cluster.ts';

const LONG = process.env['ARPEGGIO_TEST_LONG'] === '1';
const INSTALLS = LONG ? 20 : 2;
const PATIENCE = { every: 50, within: 60_000 };
const OURS = ['-n', 'metallb-system'];
const MANIFESTS = join(checkout, 'manifests');
const BUNDLE = 'jsonpath={.webhooks[*].clientConfig.caBundle}';
const TWO_REQUESTS = { 'metallb.io/loadBalancerIPs': '10.0.0.1' };
const WRONG = [
  ['service', 'wrong', 'default'],
  ['ipaddresspool', 'wrong', 'metallb-system'],
  ['configmap', 'config', 'metallb-system'],
] as const;
const lab = openLab('registration');

function pool(name: string, range: string): string {
  const metadata = { namespace: 'metallb-system', name };
  return JSON.stringify({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata,
    spec: { addresses: [range] },
  });
}

const readBundle = () => lab.mustKubectl(['get', 'validatingwebhookconfiguration', 'arpeggio', '-o', BUNDLE]);
const rolledOut = () => lab.mustKubectl([...OURS, 'rollout', 'status', 'deployment/webhook', '--timeout=60s']);

describe('registration', { timeout: 1_800_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, isBare: true });
  });
  after(() => lab.down());

  test('what was wrong before the install can still be labelled, edited, finalized and deleted', async () => {
    await lab.mustKubectl([
      'apply',
      '-f',
      join(MANIFESTS, 'base/namespace.yaml'),
      '-f',
      join(MANIFESTS, 'base/crds.yaml'),
    ]);
    await apply(lab, serviceManifest({ name: 'wrong', loadBalancerIP: 'nowhere' }));
    await apply(lab, pool('wrong', '10.0.0.9-10.0.0.1'));
    await apply(lab, configMapManifest('address-pools: everything\n'));
    await lab.mustKubectl(['apply', '-k', MANIFESTS]);
    // A mistake more is one too many.
    const worse = serviceManifest({ name: 'wrong', loadBalancerIP: 'nowhere', annotations: TWO_REQUESTS });
    await pollUntil(
      'the webhook to judge',
      async () => (await refusalOf(lab, worse)).startsWith('The Service "wrong" is invalid'),
      PATIENCE,
    );
    const sticky = '{"spec":{"sessionAffinity":"ClientIP"}}';
    await lab.mustKubectl(['patch', 'service', 'wrong', '--type=merge', '-p', sticky]);
    for (const [kind, name, namespace] of WRONG) {
      const object = ['-n', namespace, kind, name];
      const finalize = (finalizers: string) => `{"metadata":{"finalizers":[${finalizers}]}}`;
      await lab.mustKubectl(['label', ...object, 'seen=true']);
      await lab.mustKubectl(['patch', ...object, '--type=merge', '-p', finalize('"example.com/hold"')]);
      await lab.mustKubectl(['delete', ...object, '--wait=false']);
      await lab.mustKubectl(['patch', ...object, '--type=merge', '-p', finalize('')]);
      await pollUntil(`${kind} to be gone`, async () => (await lab.kubectl(['get', ...object])).code !== 0, PATIENCE);
    }
  });

  test(`a pool applied right after the install, ${INSTALLS} times from nothing, never meets a webhook that cannot answer`, async () => {
    for (let i = 0; i < INSTALLS; i++) {
      await lab.mustKubectl(['delete', '-k', MANIFESTS, '--ignore-not-found', '--wait']);
      await pollUntil('the registration to go with its owner', async () => !(await isRegistered(lab)), PATIENCE);
      await lab.mustKubectl(['apply', '-k', MANIFESTS]);
      // Until the webhook has judged a pool, and a little on: every apply has to pass.
      const judged = () => refusalOf(lab, pool('bad', '10.0.0.9-10.0.0.1'));
      await pollUntil(
        'the webhook to judge',
        async () => {
          await apply(lab, pool('good', `10.0.${i}.0/24`));
          return (await judged()).includes('The IPAddressPool "bad" is invalid');
        },
        PATIENCE,
      );
      for (let n = 0; n < 10; n++) await apply(lab, pool('good', `10.0.${i}.0/${24 + (n % 4)}`));
    }
    await rolledOut();
  });

  test('a caBundle emptied by hand is mended', async () => {
    const bundle = await readBundle();
    const patch = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);
    await lab.mustKubectl(['patch', 'validatingwebhookconfiguration', 'arpeggio', '--type=json', '-p', patch]);
    await pollUntil('the bundle to be mended', async () => (await readBundle()) === bundle, {
      every: 50,
      within: 5_000,
    });
  });

  test('a new authority and certificate under 50 reviews/s fail no review', async () => {
    const before = await readBundle();
    const { reviews, failures } = await underReviews(lab, async () => {
      await lab.mustKubectl([...OURS, 'delete', 'secret', 'arpeggio-webhook-certs']);
      await pollUntil('another bundle', async () => (await readBundle()) !== before, PATIENCE);
    });
    assert.ok(reviews > 100);
    assert.deepEqual(failures, []);
  });

  test('a replica that is replaced under 50 reviews/s fails no review', async () => {
    const { failures } = await underReviews(lab, async () => {
      const selector = ['-l', 'app.kubernetes.io/component=webhook', '-o', 'jsonpath={.items[0].metadata.name}'];
      const name = await lab.mustKubectl([...OURS, 'get', 'pods', ...selector]);
      await lab.mustKubectl([...OURS, 'delete', 'pod', name]);
      await rolledOut();
    });
    assert.deepEqual(failures, []);
  });

  test('while the webhook is down Services go through, pools are refused with the cause, and deletes pass', async () => {
    await lab.mustKubectl([...OURS, 'scale', 'deployment/webhook', '--replicas=0']);
    await lab.mustKubectl([
      ...OURS,
      'wait',
      '--for=delete',
      'pod',
      '-l',
      'app.kubernetes.io/component=webhook',
      '--timeout=60s',
    ]);
    await apply(lab, serviceManifest({ name: 'web' }));
    await apply(lab, serviceManifest({ name: 'web', port: 81 }));
    assert.match(await refusalOf(lab, pool('other', '10.9.0.0/24')), /failed calling webhook "pools\.arpeggio\.dev"/);
    await lab.mustKubectl([...OURS, 'delete', 'ipaddresspool', 'good']);
    await lab.mustKubectl(['delete', 'service', 'web']);
    await lab.mustKubectl(['delete', 'namespace', 'metallb-system', '--timeout=60s']);
  });
});
