// The registration, whole: a wrong word here makes users wait or lets mistakes through.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isRegistered, registrationFor } from '#webhook/registration-object.ts';

const wanted = registrationFor({
  namespace: 'metallb-system',
  bundle: 'PEM',
  owner: { name: 'arpeggio-webhook', uid: 'role-uid' },
});

const COMMON = {
  admissionReviewVersions: ['v1'],
  clientConfig: {
    caBundle: 'UEVN',
    service: { namespace: 'metallb-system', name: 'webhook', port: 443, path: '/review' },
  },
  matchPolicy: 'Equivalent',
  objectSelector: {},
  sideEffects: 'None',
};
const OUR_NAMESPACE = { matchLabels: { 'kubernetes.io/metadata.name': 'metallb-system' } };
const CORE = { apiGroups: [''], apiVersions: ['v1'], scope: 'Namespaced' };
const METALLB = {
  apiGroups: ['metallb.io'],
  apiVersions: ['v1beta1'],
  resources: ['ipaddresspools', 'l2advertisements'],
  scope: 'Namespaced',
};
const NAMED_CONFIG = "(object == null ? oldObject : object).metadata.name == 'config'";

describe('registrationFor', () => {
  test('gives the whole object', () => {
    assert.deepEqual(wanted, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: {
        name: 'arpeggio',
        labels: { 'app.kubernetes.io/name': 'arpeggio', 'app.kubernetes.io/component': 'webhook' },
        ownerReferences: [
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            name: 'arpeggio-webhook',
            uid: 'role-uid',
          },
        ],
      },
      webhooks: [
        {
          ...COMMON,
          name: 'services.arpeggio.dev',
          rules: [{ ...CORE, resources: ['services'], operations: ['CREATE', 'UPDATE'] }],
          failurePolicy: 'Ignore',
          timeoutSeconds: 2,
          namespaceSelector: {},
          matchConditions: [
            {
              name: 'is-load-balancer',
              expression:
                "(object != null && object.spec.type == 'LoadBalancer') || (oldObject != null && oldObject.spec.type == 'LoadBalancer')",
            },
            { name: 'is-not-terminating', expression: 'object == null || !has(object.metadata.deletionTimestamp)' },
            {
              name: 'is-not-our-controller',
              expression: "request.userInfo.username != 'system:serviceaccount:metallb-system:controller'",
            },
          ],
        },
        {
          ...COMMON,
          name: 'config-map.arpeggio.dev',
          rules: [{ ...CORE, resources: ['configmaps'], operations: ['CREATE', 'UPDATE'] }],
          failurePolicy: 'Fail',
          timeoutSeconds: 5,
          namespaceSelector: OUR_NAMESPACE,
          matchConditions: [{ name: 'is-configuration', expression: NAMED_CONFIG }],
        },
        {
          ...COMMON,
          name: 'pools.arpeggio.dev',
          rules: [{ ...METALLB, operations: ['CREATE', 'UPDATE'] }],
          failurePolicy: 'Fail',
          timeoutSeconds: 5,
          namespaceSelector: {},
        },
        {
          ...COMMON,
          name: 'pool-deletes.arpeggio.dev',
          rules: [
            { ...CORE, resources: ['configmaps'], operations: ['DELETE'] },
            { ...METALLB, operations: ['DELETE'] },
          ],
          failurePolicy: 'Ignore',
          timeoutSeconds: 2,
          namespaceSelector: OUR_NAMESPACE,
          matchConditions: [
            {
              name: 'is-configuration',
              expression: `request.resource.resource != 'configmaps' || ${NAMED_CONFIG}`,
            },
          ],
        },
      ],
    });
  });
});

describe('isRegistered', () => {
  const [first, ...rest] = wanted.webhooks;
  const live = (change: object) => ({
    ...wanted,
    webhooks: [{ ...first, name: 'services.arpeggio.dev', ...change }, ...rest],
  });
  const cases: [string, Parameters<typeof isRegistered>[0], boolean][] = [
    ['holds for the object as applied', wanted, true],
    ['holds when others added an entry', { ...wanted, webhooks: [...wanted.webhooks, { name: 'x' }] }, true],
    [
      'holds when others added an owner',
      { ...wanted, metadata: { ownerReferences: [{ uid: 'x' }, { uid: 'role-uid' }] } },
      true,
    ],
    ['fails when it was deleted', undefined, false],
    ['fails when an entry is gone', { ...wanted, webhooks: rest }, false],
    ['fails when the bundle was emptied', live({ clientConfig: { ...COMMON.clientConfig, caBundle: '' } }), false],
    ['fails when the failure policy was changed', live({ failurePolicy: 'Fail' }), false],
    ['fails when the operations were cut', live({ rules: [] }), false],
    ['fails when the owner is another', { ...wanted, metadata: { ownerReferences: [{ uid: 'x' }] } }, false],
    ['fails when there is no owner', { ...wanted, metadata: {} }, false],
  ];
  for (const [name, object, expected] of cases) {
    test(name, () => assert.equal(isRegistered(object, wanted), expected));
  }
});
