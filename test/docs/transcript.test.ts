// The convention of the documents: which lines are commands, files and outputs, and what counts as the same output.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAsShown } from './output.ts';
import { type Command, languagesOf, parseSteps, withOutputs } from './transcript.ts';

const DOCUMENT = `# Title

Text with \`$ no command\`.

\`\`\`yaml
# web.yaml
kind: Service
\`\`\`

## First

\`\`\`console
$ kubectl apply -f web.yaml
service/web created

$ kubectl get service \\
    web
\`\`\`

\`\`\`yaml
kind: Pod
\`\`\`

### Second

\`\`\`sh
# a comment
kubectl version   # one more

kubectl wait \\
  pod/a
\`\`\`

\`\`\`sh
# not run by the tests: needs a registry
skopeo copy
\`\`\`

\`\`\`json
{}
\`\`\`
`;

const steps = parseSteps(DOCUMENT);
const commands = steps.filter((step): step is Command => step.kind === 'command');

describe('a document', () => {
  test('is files, commands and commands that are not run, in order', () => {
    const texts = steps.map((step) => [step.kind, step.section, step.kind === 'file' ? step.name : step.text]);
    assert.deepEqual(texts, [
      ['file', 'Title', 'web.yaml'],
      ['command', 'First', 'kubectl apply -f web.yaml'],
      ['command', 'First', 'kubectl get service \\\n    web'],
      ['command', 'Second', 'kubectl version   # one more'],
      ['command', 'Second', 'kubectl wait \\\n  pod/a'],
      ['not-run', 'Second', 'skopeo copy'],
    ]);
  });

  test('gives a file its whole text, and a YAML block without a name none', () => {
    const [file] = steps;
    assert.deepEqual(file, { kind: 'file', section: 'Title', name: 'web.yaml', text: '# web.yaml\nkind: Service\n' });
  });

  test('shows output after a prompt, and only there', () => {
    assert.deepEqual(
      commands.map(({ shown }) => shown),
      ['service/web created', undefined, undefined, undefined],
    );
  });

  test('says why a command is not run', () => {
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'not-run' ? [step.why] : [])),
      ['needs a registry'],
    );
  });

  test('tells the languages of its fences', () => {
    assert.deepEqual(languagesOf(DOCUMENT), ['yaml', 'console', 'yaml', 'sh', 'sh', 'json']);
    assert.deepEqual(languagesOf('```\n$ true\n```'), ['']);
  });

  test('is refused with a block that has no end', () => {
    assert.throws(() => parseSteps('text\n```sh\ntrue'), /^Error: Cannot read document: .* line 2 has no end$/);
  });

  test('takes the outputs that were seen', () => {
    const text = '```console\n$ a\n1\n2\n\n$ b\n3\n```\nend';
    const [a, b] = parseSteps(text) as Command[];
    assert.ok(a && b);
    const seen = new Map([
      [a, 'one'],
      [b, 'x\ny'],
    ]);
    assert.equal(withOutputs(text, seen), '```console\n$ a\none\n\n$ b\nx\ny\n```\nend');
  });
});

const SAME: [what: string, shown: string, seen: string][] = [
  ['equal text', 'a\nb', 'a\nb\n'],
  ['blank lines around', '\na\n', 'a'],
  ['wider columns', 'NAME   AGE\nweb    1s', 'NAME      AGE\nweb       2m3s'],
  ['times', 'since 2026-11-25T18:45:16Z', 'since 2027-01-01T00:00:00Z'],
  ['cluster addresses and node ports', '10.96.1.2 80:31102/TCP', '10.96.33.4 80:30000/TCP'],
  ['cluster addresses of IPv6', 'fd00:96::1', 'fd00:96::a:b1'],
  ['names of Pods', 'webhook-5d4f8b7c9-abcde', 'webhook-6d4f8b7c9f-xyz12'],
  ['anything in a line', 'a … d', 'a b c d'],
  ['any lines', 'a\n…\nd', 'a\nb\nc\nd'],
  ['no lines', 'a\n…\nd', 'a\nd'],
];

const OTHER: [what: string, shown: string, seen: string][] = [
  ['another word', 'a', 'b'],
  ['a line more', 'a', 'a\nb'],
  ['a line less', 'a\nb', 'a'],
  ['an address of a pool', '192.168.1.240', '192.168.1.241'],
  ['a dot that is any character', 'a.b', 'axb'],
  ['lines where a part of one may differ', 'a … d', 'a\nd'],
];

describe('an output', () => {
  for (const [what, shown, seen] of SAME) test(`is as shown with ${what}`, () => assert.ok(isAsShown(shown, seen)));
  for (const [what, shown, seen] of OTHER) test(`is not with ${what}`, () => assert.ok(!isAsShown(shown, seen)));
});
