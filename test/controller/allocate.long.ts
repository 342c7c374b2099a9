// Random clusters for as long as it takes; a seeded fraction runs with the unit tests.
import { test } from 'node:test';
import { assertSequences } from './allocate.sequence.ts';

test('a thousand sequences of 200 changes', { timeout: 3_600_000 }, () => assertSequences({ runs: 1_000, seed: 1 }));
