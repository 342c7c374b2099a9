import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '#platform/store.ts';

type Item = { metadata: { namespace: string; name: string; resourceVersion: string }; text: string };

function item(resourceVersion: string, text: string): Item {
  return { metadata: { namespace: 'default', name: 'web', resourceVersion }, text };
}

function openStore(): Store<Item, string> {
  const store = new Store<Item, string>(({ text }) => text);
  store.replaceAll([item('1', 'listed')]);
  return store;
}

test('an assumed write is seen at once and survives the late event of the version it replaced', () => {
  const store = openStore();
  store.assume(item('2', 'written'), '1');
  assert.deepEqual(store.values(), ['written']);
  store.put(item('1', 'listed'));
  assert.equal(store.get('default/web'), 'written');
});

test('the event of an assumed write is no news, the next change is', () => {
  const store = openStore();
  store.assume(item('2', 'written'), '1');
  assert.equal(store.put(item('1', 'listed')), false);
  assert.equal(store.put(item('2', 'written, as the server has it')), false);
  assert.equal(store.put(item('3', 'changed by somebody')), true);
  assert.equal(store.get('default/web'), 'changed by somebody');
});

test('a write to an object that is gone meanwhile is not assumed', () => {
  const store = openStore();
  store.remove(item('1', 'listed'));
  store.assume(item('2', 'written'), '1');
  assert.deepEqual(store.values(), []);
});

test('a new list replaces everything, also what was assumed', () => {
  const store = openStore();
  store.assume(item('2', 'written'), '1');
  store.replaceAll([]);
  assert.deepEqual(store.values(), []);
});

test('a write whose object was changed again meanwhile does not hide the change', () => {
  const store = openStore();
  store.put(item('2', 'written, as the server has it'));
  store.put(item('3', 'changed by somebody'));
  store.assume(item('2', 'written'), '1');
  assert.equal(store.get('default/web'), 'changed by somebody');
});
