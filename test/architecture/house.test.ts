// The house rules, held against every source file, and against offenders that must be caught.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findViolations } from './rules.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

test('the sources keep every rule of the house', () => {
  const paths = globSync('{core,platform,webhook,controller,speaker,certs,cli,manifests,test}/**/*.{ts,js}', {
    cwd: ROOT,
  });
  assert.ok(paths.length > 20);
  const files = paths.map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }));
  assert.deepEqual(findViolations(files), []);
});

const OFFENDERS: [string, string, string, RegExp][] = [
  [
    'a program imports another',
    'speaker/plan.ts',
    "import { x } from '#controller/allocate.ts';",
    /programs never import each other/,
  ],
  [
    'a program imports another by a relative path',
    'speaker/plan.ts',
    "import { x } from '../controller/allocate.ts';",
    /programs never import each other/,
  ],
  [
    'a program imports another while it runs',
    'speaker/plan.ts',
    "const x = await import('#controller/allocate.ts');",
    /programs never import each other/,
  ],
  [
    'the command line imports what a program does, not only what it decides by',
    'cli/explain.ts',
    "import { x } from '#controller/pass.ts';",
    /programs never import each other/,
  ],
  [
    'a part of express outside the webhook',
    'speaker/plan.ts',
    "import express from 'express/index.js';",
    /only webhook\/ may import/,
  ],
  ['core imports the platform', 'core/ip.ts', "import { x } from '#platform/log.ts';", /wanted another way round/],
  ['core imports a file system', 'core/ip.ts', "import { readFileSync } from 'node:fs';", /core\/ may not import/],
  [
    'core takes more than isIP from node:net',
    'core/ip.ts',
    "import { connect } from 'node:net';",
    /core\/ may not import/,
  ],
  ['a pure file reads the clock', 'core/pool.ts', 'const now = Date.now();', /uses Date\.now in a pure file/],
  ['a new file of a program reads the clock', 'controller/brand-new.ts', 'const t = performance.now();', /pure file/],
  ['a pure file rolls dice', 'speaker/elect.ts', 'const dice = Math.random();', /pure file/],
  ['a pure file reads the environment', 'webhook/review.ts', "const mode = process.env['MODE'];", /pure file/],
  ['express outside the webhook', 'controller/main.ts', "import express from 'express';", /only webhook\/ may import/],
  ['node-forge outside certs', 'webhook/main.ts', "import forge from 'node-forge';", /only certs\/ may import/],
  [
    'client-node outside the platform',
    'speaker/main.ts',
    "import { Watch } from '@kubernetes/client-node';",
    /only platform\//,
  ],
  ['a file beyond 250 lines', 'core/long.ts', 'x\n'.repeat(251), /has 251 lines/],
];

for (const [what, path, text, wanted] of OFFENDERS) {
  test(`the rules catch ${what}`, () => {
    const [violation = ''] = findViolations([{ path, text }]);
    assert.match(violation, wanted);
  });
}

test('the command line may ask what the programs decide by', () => {
  const text = "import { allocate } from '#controller/allocate.ts';\n";
  assert.deepEqual(findViolations([{ path: 'cli/explain.ts', text }]), []);
});

test('types of client-node may be imported anywhere, and a comment may name the clock', () => {
  const text = "import type { V1Pod } from '@kubernetes/client-node';\n// Date.now is not read here\n";
  assert.deepEqual(findViolations([{ path: 'speaker/plan.ts', text }]), []);
});
