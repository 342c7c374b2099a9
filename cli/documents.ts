// YAML files to the objects that the rules know, each with the place it stands at.
import { LineCounter, parseAllDocuments, type Document as YamlDocument } from 'yaml';
import { failure, type Result, success } from '#core/result.ts';
import { shapeFault, unknownFields } from '#core/rules/object-shape.ts';
import type { Resource } from '#core/rules/review-request.ts';

export type File = { readonly name: string; readonly text: string };

export type Manifest = {
  readonly resource: Resource;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly place: string;
  readonly object: WireObject;
  /** What the API server would refuse before any webhook sees the object. */
  readonly faults: readonly string[];
};

export type WireObject = { readonly metadata?: { readonly name?: string; readonly namespace?: string } };

/** A document that is no YAML. */
export type Unreadable = { readonly place: string; readonly message: string };

type Document = { readonly kind?: unknown; readonly apiVersion?: unknown; readonly items?: unknown } & WireObject;

const KINDS: { readonly [kind: string]: Resource } = {
  'v1 Service': 'services',
  'v1 ConfigMap': 'configmaps',
  'metallb.io/v1beta1 IPAddressPool': 'ipaddresspools',
  'metallb.io/v1beta1 L2Advertisement': 'l2advertisements',
};

/** `namespace` is for objects that name none. Objects of other kinds are left out. */
export function readManifests(file: File, namespace: string): { manifests: Manifest[]; unreadable: Unreadable[] } {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(file.text, { lineCounter });
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const [i, document] of [...documents].entries()) {
    const place = `${file.name} document ${i + 1}`;
    const content = contentOf(document);
    if (!content.ok) unreadable.push({ place, message: `not YAML: ${content.message}` });
    else manifests.push(...objectsOf(content.value).flatMap((one) => toManifest(one, place, namespace)));
  }
  return { manifests, unreadable };
}

/** Aliases without an anchor and alias bombs parse, but have no value. */
function contentOf(document: YamlDocument.Parsed): Result<unknown> {
  const [error] = document.errors;
  if (error) return failure(error.message.split('\n')[0]?.replace(/:$/, '') ?? '');
  try {
    return success(document.toJS() as unknown);
  } catch (unresolved) {
    return failure(unresolved instanceof Error ? unresolved.message : String(unresolved));
  }
}

/** The items of a `List`, else the document itself. */
function objectsOf(content: unknown): Document[] {
  if (typeof content !== 'object' || content === null) return [];
  const { kind, items } = content as Document;
  if (kind === 'List' && Array.isArray(items)) return items.flatMap(objectsOf);
  return [content as Document];
}

function toManifest(document: Document, place: string, fallback: string): Manifest[] {
  const { kind, apiVersion } = document;
  const resource = KINDS[`${String(apiVersion)} ${String(kind)}`];
  if (!resource) return [];
  const fault = shapeFault(resource, document, '');
  const metadata = fault === undefined ? document.metadata : undefined;
  const namespace = metadata?.namespace ?? fallback;
  const object = { ...document, metadata: { ...metadata, namespace } };
  const faults = fault === undefined ? unknownFields(resource, document) : [fault];
  return [{ resource, kind: String(kind), name: metadata?.name ?? '', namespace, place, object, faults }];
}
