// What the shell offers behind `kubectl arpeggio`, as kubectl reads it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createProgram } from '#cli/command-line.ts';
import { formatOffer, offerFor, valueIn } from '#cli/completion.ts';

const program = createProgram(() => undefined);
const namesOf = (words: readonly string[]) => words.map((word) => word.split('\t')[0]);

describe('completion', () => {
  const rows: [string, string[], string[], string | undefined][] = [
    ['commands', [''], ['status', 'explain', 'drain', 'undrain', 'migrate', 'bug-report', 'ui', 'validate'], undefined],
    ['commands that begin alike', ['d'], ['drain'], undefined],
    ['options of a command', ['migrate', '--a'], ['--apply'], undefined],
    ['formats', ['status', '-o', ''], ['table', 'json'], undefined],
    ['a format that was begun', ['status', '-o', 'j'], ['json'], undefined],
    ['Services', ['explain', 'we'], [], 'services'],
    ['Services behind an option', ['explain', '-n', 'shop', ''], [], 'services'],
    ['no second Service', ['explain', 'web', ''], [], undefined],
    ['nodes', ['drain', ''], [], 'nodes'],
    ['files, many', ['validate', 'a.yaml', ''], [], 'files'],
    ['contexts', ['status', '--context', ''], [], 'contexts'],
    ['namespaces', ['explain', '-n', ''], [], 'namespaces'],
    ['nothing to a command that takes nothing', ['status', ''], [], undefined],
  ];
  for (const [what, words, wanted, source] of rows) {
    test(`offers ${what} for "${words.join(' ')}"`, () => {
      const offer = offerFor(program, words);
      assert.deepEqual([namesOf(offer.words), offer.source], [wanted, source]);
    });
  }

  test('describes each, and tells kubectl whether files will do', () => {
    assert.equal(
      formatOffer(offerFor(program, ['un']), [], 'un'),
      'undrain\tlet a node that was drained announce again\n:4\n',
    );
    assert.equal(formatOffer({ words: [], source: 'services' }, ['web', 'next'], 'we'), 'web\n:4\n');
    assert.equal(formatOffer({ words: [], source: 'files' }, [], ''), ':0\n');
  });

  test('finds the cluster and the namespace in what was typed', () => {
    const words = ['explain', '--context=prod', '-n', 'shop', 'we'];
    assert.deepEqual([valueIn(words, '--context'), valueIn(words, '--namespace', '-n')], ['prod', 'shop']);
    assert.equal(valueIn(['explain', '--context'], '--context'), undefined);
  });
});
