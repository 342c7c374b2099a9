import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictObject } from '#speaker/conflict-reports.ts';

const stranger = { mac: '02:00:00:00:00:09', iface: 'eth0', announced: false };
const EXPIRES = new Date('2026-01-02T03:04:05Z');

test('a report names address, stranger and place, and when it ends', () => {
  const { metadata, spec } = conflictObject({ ...stranger, ip: '192.168.1.240' }, 'node1', EXPIRES);
  assert.equal(metadata.name, 'ip-192-168-1-240-on-node1');
  assert.deepEqual(spec, {
    ip: '192.168.1.240',
    mac: '02:00:00:00:00:09',
    node: 'node1',
    interface: 'eth0',
    announced: false,
    expires: '2026-01-02T03:04:05.000Z',
  });
});

test('the name of a report is a name for Kubernetes, whatever the address', () => {
  for (const ip of ['fd00::', 'fd00::1', '2001:db8:1:2:3:4:5:6', '10.0.0.1']) {
    assert.match(
      conflictObject({ ...stranger, ip }, 'node-1.example', EXPIRES).metadata.name,
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    );
  }
});
