// Which problems of an edited object are new.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ratchet } from '#core/rules/ratchet.ts';

type Line = `${string}: ${string}`;

const cases: { name: string; before: Line[]; found: Line[]; fresh: Line[] }[] = [
  { name: 'a first problem is new', before: [], found: ['spec: a'], fresh: ['spec: a'] },
  { name: 'the same problem is known', before: ['spec: a'], found: ['spec: a'], fresh: [] },
  { name: 'another problem in the same place is new', before: ['spec: a'], found: ['spec: b'], fresh: ['spec: b'] },
  {
    name: 'a problem that moved to another index is known',
    before: ['spec.ports[0]: a'],
    found: ['spec.ports[3]: a'],
    fresh: [],
  },
  {
    name: 'a problem that moved in the text is known',
    before: ['data.config:4:5: unknown key "x" in address-pools[0]'],
    found: ['data.config:9:7: unknown key "x" in address-pools[1]'],
    fresh: [],
  },
  {
    name: 'a problem that stands once more is new once',
    before: ['spec.ports[0]: a'],
    found: ['spec.ports[0]: a', 'spec.ports[1]: a'],
    fresh: ['spec.ports[1]: a'],
  },
  {
    name: 'other advice does not make a problem new',
    before: ['spec: 10.0.0.9 is in no pool; no pool is open to this Service'],
    found: ['spec: 10.0.0.9 is in no pool; this Service may use pool "a"'],
    fresh: [],
  },
  {
    name: 'an annotation key is no index',
    before: ['metadata.annotations[a]: x'],
    found: ['metadata.annotations[b]: x'],
    fresh: ['metadata.annotations[b]: x'],
  },
];

describe('ratchet', () => {
  for (const { name, before, found, fresh } of cases) {
    test(name, () => {
      const result = ratchet(found.map(problem), before.map(problem));
      assert.deepEqual(
        result.fresh.map(({ path, message }) => `${path}: ${message}`),
        fresh,
      );
      assert.equal(result.fresh.length + result.known.length, found.length);
    });
  }
});

function problem(line: Line): { path: string; message: string } {
  const at = line.indexOf(': ');
  return { path: line.slice(0, at), message: line.slice(at + 2) };
}
