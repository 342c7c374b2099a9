// Reviews with live confirmation, as the tests ask for them: API servers to read from, and the judgement.
import { parseNamespace } from '#core/node.ts';
import type { ReviewWorld } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { Claims } from '#webhook/claims.ts';
import { type LiveReader, reviewConfirmed } from '#webhook/confirm.ts';

/** A reader over a world that is up to date, which notes what is read. */
export function readerOf(live: ReviewWorld, reads: string[] = []): LiveReader {
  return {
    service(key) {
      reads.push(key);
      return Promise.resolve(live.services.find((one) => one.key === key));
    },
    configuration() {
      reads.push('configuration');
      return Promise.resolve(live.sources);
    },
    namespace(name) {
      const metadata = { name, ...(live.isTerminating ? { deletionTimestamp: 'now' } : {}) };
      return Promise.resolve(parseNamespace({ metadata: { ...metadata, labels: live.namespaces.get(name) ?? {} } }));
    },
  };
}

export const AWAY: LiveReader = {
  service: () => Promise.reject(new Error('away')),
  configuration: () => Promise.reject(new Error('away')),
  namespace: () => Promise.reject(new Error('away')),
};

type Given = { cached: ReviewWorld; reader: LiveReader; claims?: Claims; now?: number; failures?: unknown[] };

export function judge(
  request: ReviewRequest,
  { cached, reader, claims = new Claims(), now = 0, failures = [] }: Given,
) {
  return reviewConfirmed(request, () => cached, {
    openReader: () => reader,
    claims,
    now: () => now,
    onFailure: (error) => failures.push(error),
  });
}
