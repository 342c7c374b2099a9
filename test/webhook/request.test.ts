// Reading what the API server sends, and refusing what it would never send.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readReview } from '#webhook/request.ts';
import { NAMESPACE, pool, requestOf, reviewBody, service } from './builders.ts';

describe('readReview', () => {
  test('reads uid, operation, resource, name and dry run', () => {
    const { object: _, ...request } = requestOf('CREATE', { object: service('web') }, { dryRun: true });
    assert.deepEqual(request, {
      resource: 'services',
      uid: 'b7c2fbd4-0000-4000-8000-000000000001',
      operation: 'CREATE',
      kind: 'Service',
      name: 'web',
      namespace: 'default',
      dryRun: true,
    });
  });

  test('takes the name from the old object when a whole collection is deleted', () => {
    const request = requestOf(
      'DELETE',
      { oldObject: pool('a', ['10.0.0.0/24']) },
      { name: undefined, namespace: undefined },
    );
    assert.deepEqual([request.name, request.namespace], ['a', NAMESPACE]);
  });

  const good = reviewBody('UPDATE', { object: service('web'), oldObject: service('web') });
  const within = (changes: object) => ({ ...good, request: { ...(good['request'] as object), ...changes } });
  const refused: [string, unknown, string][] = [
    ['no object', undefined, 'the body must be object'],
    ['a list', [], 'the body must be object'],
    ['an empty object', {}, "the body must have required property 'apiVersion'"],
    [
      'an older version',
      { ...good, apiVersion: 'admission.k8s.io/v1beta1' },
      'apiVersion must be "admission.k8s.io/v1"',
    ],
    ['another kind', { ...good, kind: 'Status' }, 'kind must be "AdmissionReview"'],
    ['no request', { ...good, request: null }, 'request must be object'],
    ['no uid', within({ uid: undefined }), "request must have required property 'uid'"],
    ['an empty uid', within({ uid: '' }), 'request.uid must NOT have fewer than 1 characters'],
    [
      'an unknown operation',
      within({ operation: 'PEEK' }),
      'request.operation must be equal to one of the allowed values',
    ],
    [
      'a resource that is not registered',
      within({ resource: { group: '', version: 'v1', resource: 'pods' } }),
      'request.resource is "pods", wanted one that is registered',
    ],
    [
      'a known resource in another group',
      within({ resource: { group: 'other.io', version: 'v1', resource: 'services' } }),
      'request.resource is "services", wanted one that is registered',
    ],
    ['an update without its object', within({ object: null }), 'request.object is missing, wanted one for UPDATE'],
    [
      'an update without its old object',
      within({ oldObject: null }),
      'request.oldObject is missing, wanted one for UPDATE',
    ],
    ['ports that are no list', within({ object: { spec: { ports: 'x' } } }), 'request.object.spec.ports must be array'],
    [
      'a broken old object',
      within({ oldObject: { metadata: { labels: { a: 1 } } } }),
      'request.oldObject.metadata.labels.a must be string',
    ],
  ];
  for (const [name, body, message] of refused) {
    test(`refuses ${name}`, () => assert.deepEqual(readReview(body), { ok: false, message }));
  }
});
