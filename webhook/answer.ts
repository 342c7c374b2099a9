// From a verdict to the AdmissionReview that kubectl shows well (design 2, form of an answer).
import { formatProblem, type Problem } from '#core/problem.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import type { Verdict } from '#core/rules/verdict.ts';

type Subject = Pick<ReviewRequest, 'uid' | 'kind' | 'name'>;

type Status = {
  readonly status: 'Failure';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: { readonly kind: string; readonly name: string; readonly causes: readonly Cause[] };
};

type Cause = { readonly reason: 'FieldValueInvalid'; readonly field: string; readonly message: string };

export type AdmissionAnswer = {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly warnings?: readonly string[];
    readonly status?: Status;
  };
};

const WARNINGS_MOST = 15;
const WARNING_LENGTH_MOST = 256;
/** A terminal full of text helps nobody, and the API server must read it all. */
const CAUSES_MOST = 250;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

export function answerReview(subject: Subject, verdict: Verdict): AdmissionAnswer {
  const warnings = formatWarnings(verdict.warnings);
  const status = statusOf(subject, verdict);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: subject.uid,
      allowed: status === undefined,
      ...(status ? { status } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
    },
  };
}

/** The API server drops a warning with control characters and all that comes after 4,096 characters. */
export function formatWarnings(warnings: readonly Problem[]): string[] {
  const texts = warnings.map((warning) => shorten(oneLine(formatProblem(warning)))).filter((text) => text !== '');
  const lines = [...new Set(texts)];
  if (lines.length <= WARNINGS_MOST) return lines;
  const shown = lines.slice(0, WARNINGS_MOST - 1);
  return [...shown, `and ${lines.length - shown.length} more`];
}

function statusOf(subject: Subject, { problems, refusal }: Verdict): Status | undefined {
  if (refusal) {
    const reason = refusal.code === 409 ? 'Conflict' : 'Forbidden';
    return { status: 'Failure', code: refusal.code, reason, message: oneLine(refusal.message) };
  }
  if (problems.length === 0) return undefined;
  const { kind, name } = subject;
  const causes = causesOf(problems);
  const list = causes.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return {
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${list}`,
    details: { kind, name, causes },
  };
}

function causesOf(problems: readonly Problem[]): Cause[] {
  const shown = problems.length <= CAUSES_MOST ? problems : problems.slice(0, CAUSES_MOST - 1);
  const causes = shown.map(({ path, message }) => cause(path, message));
  const next = problems[shown.length];
  return next ? [...causes, cause(next.path, `and ${problems.length - shown.length} more problems`)] : causes;
}

/** kubectl prints an empty field as a lone asterisk. */
function cause(path: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: oneLine(path) || 'metadata.name', message: oneLine(message) };
}

function oneLine(text: string): string {
  return text.replace(CONTROL_CHARACTERS, ' ').trim();
}

/** Counts characters as the API server does: code points. */
function shorten(text: string): string {
  const characters = Array.from(text);
  return characters.length <= WARNING_LENGTH_MOST ? text : `${characters.slice(0, WARNING_LENGTH_MOST - 1).join('')}…`;
}
