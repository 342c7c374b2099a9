import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '#platform/store.ts';

type Item = { metadata: { namespace: string; name: string; resourceVersion: string }; text: string };

function item(resourceVersion: string, text: string): Item {
  return { metadata: { namespace: 'default', name: 'web', resourceVersion }, text };
}

function openStore(): Store<Item, string> {
  const store = new Store<Item, string>(({ text }) => text);
  replace(store, [item('1', 'listed')]);
  return store;
}

function replace(store: Store<Item, string>, ...pages: Item[][]): void {
  const replacement = store.openReplacement();
  for (const page of pages) replacement.add(page);
  replacement.finish();
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
  replace(store);
  assert.deepEqual(store.values(), []);
});

test('a new list is in force when it is whole, not page by page', () => {
  const store = new Store<Item, string>(({ text }) => text);
  const replacement = store.openReplacement();
  replacement.add([item('1', 'first page')]);
  assert.deepEqual([store.values(), store.synced], [[], false]);
  const other = item('2', 'second page');
  replacement.add([{ ...other, metadata: { ...other.metadata, name: 'other' } }]);
  replacement.finish();
  assert.deepEqual([store.values(), store.synced], [['first page', 'second page'], true]);
});

test('a write whose object was changed again meanwhile does not hide the change', () => {
  const store = openStore();
  store.put(item('2', 'written, as the server has it'));
  store.put(item('3', 'changed by somebody'));
  store.assume(item('2', 'written'), '1');
  assert.equal(store.get('default/web'), 'changed by somebody');
});
