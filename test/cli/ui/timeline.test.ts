// What the timeline tells: moves of addresses and Events, each once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changesBetween, extend, type Look, parseEvent, type ToldEvent } from '#cli/ui/timeline.ts';

const IP = '10.0.0.1';

function look(nodes: readonly string[], events: readonly ToldEvent[] = []): Look {
  const of = nodes.map((node) => ({ node, addresses: [IP] }));
  return { announcements: new Map([['default/web', of]]), events };
}

const told = (id: string): ToldEvent => ({ id, service: 'default/web', isWarning: false, reason: 'r', message: 'm' });

describe('changes between two looks', () => {
  const moves: [string, string[], string[], string, boolean][] = [
    ['a first owner', [], ['a'], `${IP} is announced by a`, false],
    ['an owner that went', ['a'], [], `${IP} is no longer announced by a`, true],
    ['a failover seen at once', ['a'], ['b'], `${IP} is announced by b, no longer by a`, false],
    ['a second owner for a moment', ['a'], ['a', 'b'], `${IP} is announced by b`, false],
    ['the first one of two that went', ['a', 'b'], ['b'], `${IP} is no longer announced by a`, false],
  ];
  for (const [what, before, after, message, isWarning] of moves) {
    test(`tell of ${what}`, () => {
      const wanted = { service: 'default/web', isWarning, reason: 'owner', message };
      assert.deepEqual(changesBetween(look(before), look(after)), [wanted]);
    });
  }

  test('are none in a steady cluster', () => {
    assert.deepEqual(changesBetween(look(['a', 'b'], [told('1')]), look(['b', 'a'], [told('1')])), []);
  });

  test('tell of new Events only, and of none that stood there before the first look', () => {
    const before = look(['a'], [told('1')]);
    assert.deepEqual(
      changesBetween(before, look(['a'], [told('1'), told('2')])).map(({ reason }) => reason),
      ['r'],
    );
    assert.deepEqual(changesBetween({ ...before, events: undefined }, before), []);
  });

  test('name a Service whose objects another program wrote', () => {
    const after = { ...look([]), announcements: new Map([['default/web', [{ node: 'a', addresses: undefined }]]]) };
    assert.equal(changesBetween(look([]), after)[0]?.message, 'its address is announced by a');
  });
});

test('the timeline is newest first, and bounded', () => {
  const change = { service: 's', isWarning: false, reason: 'owner', message: '' };
  const changes = Array.from({ length: 150 }, (_, i) => ({ ...change, message: String(i) }));
  const once = extend([], changes, 'T1');
  assert.deepEqual([once[0]?.message, once[0]?.at, once.at(-1)?.message], ['149', 'T1', '0']);
  assert.equal(extend(once, changes, 'T2').length, 200);
  assert.equal(extend(once, [], 'T3'), once);
});

test('an Event that happened again is a new one, and those of other programs are none', () => {
  const object = {
    metadata: { namespace: 'default', name: 'web.1' },
    involvedObject: { namespace: 'default', name: 'web' },
    type: 'Warning',
    source: { component: 'arpeggio-speaker' },
  };
  assert.notEqual(parseEvent(object)?.id, parseEvent({ ...object, count: 2 })?.id);
  assert.deepEqual([parseEvent(object)?.service, parseEvent(object)?.isWarning], ['default/web', true]);
  assert.equal(parseEvent({ ...object, source: { component: 'service-controller' } }), undefined);
});
