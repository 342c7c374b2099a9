// What the webhook counts: reviews by resource and verdict, their time, claims, and how long the certificate lasts.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Resource } from '#core/rules/review-request.ts';

export type CountedReview = {
  readonly resource: Resource | 'unknown';
  readonly verdict: 'allowed' | 'denied' | 'malformed' | 'failed';
  /** The code of the first problem, where there is one. */
  readonly reason?: string;
};

export type ReviewMetrics = {
  count(review: CountedReview): void;
  /** Asked for the number of claims in force at every scrape. */
  watchClaims(count: () => number): void;
  /** Starts a clock; calling the result stops it. */
  startReview(): () => void;
  setCertificateExpiry(at: Date): void;
};

export function openReviewMetrics(registry: Registry): ReviewMetrics {
  const registers = [registry];
  const reviews = new Counter({
    name: 'arpeggio_webhook_reviews_total',
    help: 'Admission reviews by resource, verdict and first reason',
    labelNames: ['resource', 'verdict', 'reason'],
    registers,
  });
  // From zero, or the first one would be no increase.
  for (const verdict of ['malformed', 'failed']) reviews.inc({ resource: 'unknown', verdict, reason: '' }, 0);
  const seconds = new Histogram({
    name: 'arpeggio_webhook_review_seconds',
    help: 'Time from a read body to the answer',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  const expiry = new Gauge({
    name: 'arpeggio_webhook_certificate_expiry_timestamp_seconds',
    help: 'Unix time at which the serving certificate expires',
    registers,
  });
  return {
    count: ({ resource, verdict, reason = '' }) => reviews.inc({ resource, verdict, reason }),
    watchClaims(count) {
      new Gauge({
        name: 'arpeggio_webhook_claims',
        help: 'Addresses held for admitted Services that the caches do not show yet',
        registers,
        collect() {
          this.set(count());
        },
      });
    },
    startReview() {
      const stop = seconds.startTimer();
      return () => void stop();
    },
    setCertificateExpiry: (at) => expiry.set(at.getTime() / 1_000),
  };
}
