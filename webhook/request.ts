// What the API server sends (AdmissionReview v1): checked as far as the rules read it, so that they may trust it.
import { Ajv } from 'ajv';
import { failure, type Result, success } from '#core/result.ts';
import { describeFault, shapeFault } from '#core/rules/object-shape.ts';
import type { Resource, ReviewRequest } from '#core/rules/review-request.ts';
import { reviewSchema } from './request-schema.ts';

type Named = { readonly metadata?: { readonly name?: string; readonly namespace?: string } };

/** The review once its shape is right. */
type WireReview = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: {
    readonly uid: string;
    readonly operation: ReviewRequest['operation'];
    readonly kind: { readonly kind: string };
    readonly resource: { readonly group?: string; readonly resource: string };
    readonly name?: string;
    readonly namespace?: string;
    readonly dryRun?: boolean;
    readonly object?: Named | null;
    readonly oldObject?: Named | null;
  };
};

const GROUPS: { readonly [R in Resource]: string } = {
  services: '',
  configmaps: '',
  ipaddresspools: 'metallb.io',
  l2advertisements: 'metallb.io',
};

const ajv = new Ajv({ verbose: true });
const isReview = ajv.compile<WireReview>(reviewSchema);

/** Reads the body of a review; a failure says in one sentence what stands in it and what was wanted. */
export function readReview(body: unknown): Result<ReviewRequest> {
  if (!isReview(body)) return failure(describeFault(isReview.errors, ''));
  const { request } = body;
  const resource = resourceOf(request.resource);
  if (!resource) return failure(`request.resource is "${request.resource.resource}", wanted one that is registered`);
  const object = request.object ?? undefined;
  const oldObject = request.oldObject ?? undefined;
  const missing = missingObject(request.operation, { object, oldObject });
  if (missing) return failure(`request.${missing} is missing, wanted one for ${request.operation}`);
  for (const [field, value] of Object.entries({ object, oldObject })) {
    const fault = value && shapeFault(resource, value, `request.${field}`);
    if (fault) return failure(fault);
  }
  const present = object ?? oldObject;
  return success({
    resource,
    uid: request.uid,
    operation: request.operation,
    kind: request.kind.kind,
    name: request.name || present?.metadata?.name || '',
    namespace: request.namespace || present?.metadata?.namespace || '',
    dryRun: request.dryRun ?? false,
    ...(object ? { object } : {}),
    ...(oldObject ? { oldObject } : {}),
  } as ReviewRequest);
}

function resourceOf({ group = '', resource }: { group?: string; resource: string }): Resource | undefined {
  const known = Object.keys(GROUPS) as Resource[];
  return known.find((name) => name === resource && GROUPS[name] === group);
}

type Objects = { readonly object: unknown; readonly oldObject: unknown };

function missingObject(operation: string, { object, oldObject }: Objects): keyof Objects | undefined {
  if ((operation === 'CREATE' || operation === 'UPDATE') && !object) return 'object';
  return operation === 'UPDATE' && !oldObject ? 'oldObject' : undefined;
}
