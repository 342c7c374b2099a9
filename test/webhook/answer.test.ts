// The form of an answer, whole: what kubectl prints depends on each field.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALLOWED } from '#core/rules/verdict.ts';
import { answerReview, formatWarnings } from '#webhook/answer.ts';

const SUBJECT = { uid: 'u-1', kind: 'Service', name: 'web' };

describe('answerReview', () => {
  test('allows with nothing but the uid when there is nothing to say', () => {
    assert.deepEqual(answerReview(SUBJECT, ALLOWED), {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true },
    });
  });

  test('denies with 422 Invalid, one cause for each problem, and the same list in the message', () => {
    const problems = [
      { path: 'spec.loadBalancerIP', message: '10.0.0.9 is in no pool' },
      { path: 'spec.ports[1]', message: 'TCP/443 is taken' },
    ];
    assert.deepEqual(answerReview(SUBJECT, { problems, warnings: [] }).response, {
      uid: 'u-1',
      allowed: false,
      status: {
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message:
          'Service "web" is invalid: spec.loadBalancerIP: 10.0.0.9 is in no pool; spec.ports[1]: TCP/443 is taken',
        details: {
          kind: 'Service',
          name: 'web',
          causes: [
            { reason: 'FieldValueInvalid', field: 'spec.loadBalancerIP', message: '10.0.0.9 is in no pool' },
            { reason: 'FieldValueInvalid', field: 'spec.ports[1]', message: 'TCP/443 is taken' },
          ],
        },
      },
    });
  });

  test('carries warnings beside a denial', () => {
    const verdict = {
      problems: [{ path: 'spec', message: 'is wrong' }],
      warnings: [{ path: 'metadata', message: 'is odd' }],
    };
    assert.deepEqual(answerReview(SUBJECT, verdict).response.warnings, ['metadata: is odd']);
  });

  for (const [code, reason] of [
    [403, 'Forbidden'],
    [409, 'Conflict'],
  ] as const) {
    test(`refuses a delete with ${code} ${reason} and one sentence without causes`, () => {
      const verdict = { ...ALLOWED, refusal: { code, message: 'pool "a" still serves default/web (10.0.0.9)' } };
      assert.deepEqual(answerReview(SUBJECT, verdict).response, {
        uid: 'u-1',
        allowed: false,
        status: { status: 'Failure', code, reason, message: 'pool "a" still serves default/web (10.0.0.9)' },
      });
    });
  }

  test('never leaves the field of a cause empty and never breaks a line', () => {
    const problems = [{ path: '', message: 'pool "a\nb\u2028c" is unknown' }];
    const causes = answerReview(SUBJECT, { problems, warnings: [] }).response.status?.details?.causes;
    assert.deepEqual(causes, [
      { reason: 'FieldValueInvalid', field: 'metadata.name', message: 'pool "a b c" is unknown' },
    ]);
  });

  test('tells the first problems and the number of the rest when there are very many', () => {
    const problems = Array.from({ length: 10_000 }, (_, i) => ({ path: `addresses[${i}]`, message: 'is wrong' }));
    const causes = answerReview(SUBJECT, { problems, warnings: [] }).response.status?.details?.causes ?? [];
    assert.equal(causes.length, 250);
    assert.equal(causes.at(-1)?.message, 'and 9751 more problems');
  });
});

describe('formatWarnings', () => {
  const warn = (message: string) => ({ path: 'p', message });
  const cases: [string, { path: string; message: string }[], string[]][] = [
    ['keeps their order', [warn('b'), warn('a')], ['p: b', 'p: a']],
    ['says each once', [warn('a'), warn('a')], ['p: a']],
    ['replaces control characters', [warn('a\tb\r\nc\u007f')], ['p: a b c']],
    ['cuts at 256 characters', [warn('ä'.repeat(300))], [`p: ${'ä'.repeat(252)}…`]],
    ['counts a character outside the basic plane as one', [warn('𝕏'.repeat(300))], [`p: ${'𝕏'.repeat(252)}…`]],
    [
      'gives 15 as they are',
      Array.from({ length: 15 }, (_, i) => warn(String(i))),
      Array.from({ length: 15 }, (_, i) => `p: ${i}`),
    ],
    [
      'gives at most 15 lines and counts the rest',
      Array.from({ length: 40 }, (_, i) => warn(String(i))),
      [...Array.from({ length: 14 }, (_, i) => `p: ${i}`), 'and 26 more'],
    ],
  ];
  for (const [name, warnings, lines] of cases) {
    test(name, () => assert.deepEqual(formatWarnings(warnings), lines));
  }
});
