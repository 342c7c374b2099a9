import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent } from '#test/lab/audit.ts';
import { type ManifestObject, rightsOf, uncovered, unused } from './rights.ts';

const SUBJECTS = [{ kind: 'ServiceAccount', name: 'speaker', namespace: 'ours' }];
const ROLES: ManifestObject[] = [
  { kind: 'ServiceAccount', metadata: { name: 'speaker', namespace: 'ours' } },
  {
    kind: 'ClusterRole',
    metadata: { name: 'all' },
    rules: [{ apiGroups: [''], resources: ['services', 'services/status'], verbs: ['list', 'patch'] }],
  },
  {
    kind: 'Role',
    metadata: { name: 'own', namespace: 'ours' },
    rules: [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['key'], verbs: ['get'] },
      { apiGroups: ['x.dev'], resources: ['things'], verbs: ['create', 'patch'] },
    ],
  },
  {
    kind: 'ClusterRoleBinding',
    metadata: { name: 'all' },
    roleRef: { kind: 'ClusterRole', name: 'all' },
    subjects: SUBJECTS,
  },
  {
    kind: 'RoleBinding',
    metadata: { name: 'own', namespace: 'ours' },
    roleRef: { kind: 'Role', name: 'own' },
    subjects: SUBJECTS,
  },
];
const RIGHTS = rightsOf(ROLES);

/** `list services`, `get ours/secrets/key`, `patch ours/things.x.dev/a/status`; a leading dash is a cluster-wide request. */
function event(verb: string, path: string, code = 200): AuditEvent {
  const [namespace = '', kind = '', name, subresource] = path.split('/');
  const [resource = '', ...group] = kind.split('.');
  const ref = { resource, apiGroup: group.join('.'), ...(namespace === '-' ? {} : { namespace }) };
  return {
    ...{ verb, requestURI: `/${path}`, responseStatus: { code } },
    user: { username: 'system:serviceaccount:ours:speaker' },
    objectRef: {
      ...ref,
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
    },
  };
}

const EVERYTHING = [
  event('list', '-/services'),
  event('patch', 'default/services/web'),
  event('list', 'default/services/web/status'),
  event('patch', 'default/services/web/status'),
  event('get', 'ours/secrets/key'),
  event('patch', 'ours/things.x.dev/a', 201),
];

test('a run that uses every right leaves none unused, and server-side apply of a new object uses two', () => {
  assert.deepEqual(unused(RIGHTS, EVERYTHING), []);
  assert.deepEqual(uncovered(RIGHTS, EVERYTHING), []);
  assert.deepEqual(unused(RIGHTS, [...EVERYTHING.slice(0, -1), event('patch', 'ours/things.x.dev/a')]), [
    'speaker: create things.x.dev in ours',
  ]);
});

test('a request that was forbidden uses no right and is told', () => {
  const events = [...EVERYTHING.slice(1), event('list', '-/services', 403)];
  assert.deepEqual(unused(RIGHTS, events), ['speaker: list services']);
  assert.deepEqual(uncovered(RIGHTS, events), ['system:serviceaccount:ours:speaker: list /-/services (403)']);
});

const STRANGE: [string, AuditEvent][] = [
  ['another object', event('get', 'ours/secrets/other')],
  ['another namespace', event('get', 'theirs/secrets/key')],
  ['another verb', event('watch', '-/services')],
  ['another group', event('list', '-/services.x.dev')],
  ['a subresource', event('patch', 'ours/things.x.dev/a/status')],
  ['an object not there yet, by an account that may not create it', event('patch', 'default/services/web', 201)],
  ['another account', { ...event('list', '-/services'), user: { username: 'system:serviceaccount:ours:webhook' } }],
];

for (const [what, asked] of STRANGE) {
  test(`a request that something else allowed is told: ${what}`, () => {
    assert.equal(uncovered(RIGHTS, [asked]).length, 1);
  });
}

test('discovery asks for no object and needs no right of ours', () => {
  const { objectRef: _, ...discovery } = event('get', '-/apis');
  assert.deepEqual(uncovered(RIGHTS, [discovery]), []);
});
