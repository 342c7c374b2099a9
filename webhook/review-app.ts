// HTTP for reviews: every malformed request gets one clear sentence, every well-formed one an AdmissionReview.
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { firstReason, isAllowed, type Verdict } from '#core/rules/verdict.ts';
import type { Log } from '#platform/log.ts';
import { answerReview } from './answer.ts';
import type { ReviewMetrics } from './metrics.ts';
import { readReview } from './request.ts';

export type ReviewAppOptions = {
  /** Undefined while the world is not known yet. */
  readonly judge: (request: ReviewRequest) => Promise<Verdict | undefined>;
  /** True when a review would succeed now. */
  readonly isReady: () => boolean;
  /** True while connections should move to another replica. */
  readonly isLeaving: () => boolean;
  readonly metrics: ReviewMetrics;
  readonly log: Log;
};

export const REVIEW_PATH = '/review';

// An object of 3 MiB (the API server's own limit), old and new, and some room.
const BODY_LIMIT = '7mb';

export function createReviewApp(options: ReviewAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(announceLeaving(options));
  app.get('/readyz', (_request, response) => {
    if (options.isReady()) response.type('text').send('ok\n');
    else response.status(503).type('text').send('not ready\n');
  });
  const readBody = express.json({ limit: BODY_LIMIT, type: () => true, inflate: false });
  app.post(REVIEW_PATH, wantJson, readBody, answerWith(options));
  app.use((_request, response) => {
    response.status(404).type('text').send(`Cannot find this: wanted POST ${REVIEW_PATH} or GET /readyz\n`);
  });
  app.use(answerFailure(options));
  return app;
}

const wantJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json')) next();
  else next(Object.assign(new Error('content type'), { status: 415, type: 'content.type' }));
};

function announceLeaving({ isLeaving }: ReviewAppOptions): RequestHandler {
  return (_request, response, next) => {
    if (isLeaving()) response.set('connection', 'close');
    next();
  };
}

function answerWith({ judge, metrics, log }: ReviewAppOptions): RequestHandler {
  return async (request, response) => {
    const stopTimer = metrics.startReview();
    const read = readReview(request.body);
    if (!read.ok) {
      metrics.count({ resource: 'unknown', verdict: 'malformed' });
      response.status(400).type('text').send(`Cannot read the review: ${read.message}\n`);
      return;
    }
    const { resource } = read.value;
    const verdict = await judge(read.value);
    if (!verdict) {
      metrics.count({ resource, verdict: 'failed' });
      response.status(503).type('text').send('Cannot judge the review: the caches are not filled yet\n');
      return;
    }
    response.json(answerReview(read.value, verdict));
    stopTimer();
    const reason = firstReason(verdict);
    metrics.count({ resource, verdict: isAllowed(verdict) ? 'allowed' : 'denied', reason });
    say(log, read.value, verdict);
  };
}

/** What stands in the object is for debug only. */
function say(log: Log, request: ReviewRequest, verdict: Verdict): void {
  const { resource, operation, namespace, name, dryRun } = request;
  const said = { resource, operation, object: `${namespace}/${name}`, dryRun };
  const reason = firstReason(verdict);
  if (isAllowed(verdict)) log.debug(said, 'review allowed');
  else log.info({ ...said, reason, problems: verdict.problems.length }, 'review denied');
  const { claim: _, ...told } = verdict;
  log.debug({ ...said, verdict: told }, 'review verdict');
}

const SENTENCES: { readonly [type: string]: string } = {
  'content.type': 'wanted content type "application/json"',
  'entity.too.large': 'the body is larger than 7 MiB',
  'entity.parse.failed': 'the body is not JSON',
  'encoding.unsupported': 'the body is compressed, wanted it plain',
  'charset.unsupported': 'the body is not UTF-8',
  'request.size.invalid': 'the body is shorter than announced',
};

/** A bug costs one review, not the program that all writes need. */
function answerFailure({ metrics, log }: ReviewAppOptions): ErrorRequestHandler {
  // biome-ignore lint/complexity/useMaxParams: express knows a handler of errors by its four parameters
  return (error: { status?: number; type?: string }, _request, response, _next) => {
    const { status = 500, type = '' } = error;
    if (response.headersSent || response.destroyed) return response.destroy();
    if (status >= 400 && status < 500) {
      metrics.count({ resource: 'unknown', verdict: 'malformed' });
      const sentence = SENTENCES[type] ?? 'the request is malformed';
      return response.status(status).type('text').send(`Cannot read the review: ${sentence}\n`);
    }
    metrics.count({ resource: 'unknown', verdict: 'failed' });
    log.error({ error, stack: error instanceof Error ? error.stack : undefined }, 'review failed');
    return response.status(500).type('text').send('Cannot judge the review: internal error\n');
  };
}
