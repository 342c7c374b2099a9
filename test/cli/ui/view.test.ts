// What the page shows of a cluster, and what of it is sent again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseServices, ROWS_MOST } from '#cli/ui/page/choice.js';
import { changedParts, formatParts, partsOf, viewOf } from '#cli/ui/view.ts';
import { announcement, snapshot, wish } from '../wire.ts';

const OTHERS = { context: 'lab', timeline: [] };

test('the view tells how full a pool is, and which node announces what', () => {
  const { pools, nodes, services } = viewOf(snapshot());
  assert.deepEqual(
    pools.map(({ pool, used, free, percent }) => [pool, used, free, percent]),
    [['a', '1', '3', 25]],
  );
  assert.deepEqual(
    nodes.map(({ node, announces }) => [node, announces]),
    [
      ['node1', []],
      ['node2', [{ address: '10.0.0.1', services: ['default/web'] }]],
    ],
  );
  assert.deepEqual(services[0]?.owners, ['node2']);
});

test('two Services on one address are one announcement', () => {
  const services = ['web', 'dns'].map((name) => wish(name, { held: '10.0.0.1' }));
  const statuses = ['web', 'dns'].map((name) => announcement(`default/${name}`, 'node2', '10.0.0.1'));
  const { nodes } = viewOf(snapshot({ services, statuses }));
  assert.deepEqual(nodes[1]?.announces, [{ address: '10.0.0.1', services: ['default/web', 'default/dns'] }]);
});

test('a Service that waits shows the sentence of its condition', () => {
  const message = 'no free address is left';
  const conditions = [{ type: 'arpeggio.dev/Allocated', status: 'False', reason: 'PoolExhausted', message }];
  const { services } = viewOf(snapshot({ services: [{ ...wish('waits'), status: { conditions } }] }));
  assert.deepEqual([services[0]?.reason, services[0]?.message], ['PoolExhausted', message]);
});

test('only the parts that changed are sent, and all to a page that opens', () => {
  const before = partsOf({ ...viewOf(snapshot()), ...OTHERS });
  const after = partsOf({ ...viewOf(snapshot({ statuses: [] })), ...OTHERS });
  assert.deepEqual([...changedParts(before, after).keys()], ['nodes', 'services', 'findings']);
  assert.equal(changedParts(before, before).size, 0);
  assert.deepEqual(Object.keys(JSON.parse(formatParts(changedParts(new Map(), after)))), [...after.keys()]);
});

test('a filter wants every word somewhere in the row, and a table has an end', () => {
  const { services } = viewOf(snapshot());
  const many = Array.from({ length: ROWS_MOST + 1 }, () => services).flat();
  assert.equal(chooseServices(services, ' NODE2  web ').matching, 1);
  assert.equal(chooseServices(services, 'web node1').matching, 0);
  const { shown, matching } = chooseServices(many, '');
  assert.deepEqual([shown.length, matching], [ROWS_MOST, ROWS_MOST + 1]);
});
