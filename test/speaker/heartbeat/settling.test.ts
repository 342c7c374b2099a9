// When a starting speaker may trust what it heard, on virtual time.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Settling } from '#speaker/heartbeat/settling.ts';

/** The time from which it is over, in steps of 10 ms; undefined when that takes more than ten seconds. */
function overAt(settling: Settling, happens: (now: number) => void = () => {}, isInformed = true): number | undefined {
  for (let now = 0; now <= 10_000; now += 10) {
    happens(now);
    settling.look(now, isInformed);
    if (settling.isOver) return now;
  }
  return undefined;
}

function begun(deadlineMs = 200): Settling {
  const settling = new Settling();
  settling.begin(0, deadlineMs);
  return settling;
}

test('it takes 600 ms or a deadline, whichever is longer, from the first beats on', () => {
  assert.equal(overAt(begun()), 600);
  assert.equal(overAt(begun(900)), 900);
  assert.equal(overAt(new Settling()), undefined);
  const settling = begun();
  assert.equal(
    overAt(settling, (now) => settling.begin(now, 200)),
    600,
  );
});

test('a stall of our own puts it off', () => {
  const settling = begun();
  settling.stalled(300);
  assert.equal(overAt(settling), 900);
});

test('who lacks parts of the full view waits two seconds more', () => {
  assert.equal(overAt(begun(), undefined, false), 2_600);
});

test('while peers sign with a key that is not known here, as for two seconds after a change, it is not over', () => {
  const settling = begun();
  const beat = (until: number) => (now: number) => now < until && settling.missedKey(now);
  assert.equal(overAt(settling, beat(2_000)), 2_590);
});

test('a key that stays strange holds it up for three seconds and no longer', () => {
  const settling = begun();
  assert.equal(
    overAt(settling, (now) => settling.missedKey(now)),
    3_590,
  );
});
