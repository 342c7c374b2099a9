// The ConfigMap form: YAML text to pools, with line and column for mistakes in the text (reference: MetalLB v0.8 to v0.12).
import type { ErrorObject } from 'ajv';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type Scalar } from 'yaml';
import { type BgpDocument, bgpAdvertisementProblems, bgpProblems } from '#core/bgp.ts';
import { type PoolDraft, readRanges } from '#core/pool-draft.ts';
import type { Problem } from '#core/problem.ts';
import { failure, type Result, success } from '#core/result.ts';
import { type ConfigDocument, documentErrors, type PoolDocument } from '#core/schema.ts';
import { suggestion } from '#core/suggest.ts';

export type ConfigMapContent = {
  readonly pools: readonly PoolDraft[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
};

const NOT_ADVERTISED = ['peers', 'bgp-communities', 'bfd-profiles'] as const;

/** Reads the text of `data.config`; a text whose shape is wrong yields no pools. */
export function parseConfigText(text: string): ConfigMapContent {
  const lines = new LineCounter();
  // YAML 1.1 as MetalLB's decoder read it: yes and no are booleans, `<<` merges.
  const document = parseDocument(text, { lineCounter: lines, version: '1.1', uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `data.config:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({ path: at(error.pos[0]), message: yamlMessage(error) }));
    return { pools: [], problems, warnings: [] };
  }
  const shape = readShape(document);
  if (!shape.ok) return { pools: [], problems: [{ path: at(0), message: shape.message }], warnings: [] };
  const { content, errors } = shape.value;
  if (errors.length > 0) {
    const problems = errors.map((error) => ({ path: at(offsetOf(document, error)), message: shapeMessage(error) }));
    return { pools: [], problems, warnings: [] };
  }
  return readDocument(content as ConfigDocument);
}

/** A number or boolean where text is wanted is read as it is written (`name: 10`), as MetalLB's decoder does. */
function readShape(document: Document): Result<{ content: unknown; errors: readonly ErrorObject[] }> {
  const resolved = resolve(document);
  if (!resolved.ok) return resolved;
  const errors = documentErrors(resolved.value);
  const scalars = errors.map((error) => scalarMeantAsText(document, error)).filter((scalar) => scalar !== undefined);
  if (scalars.length === 0) return success({ content: resolved.value, errors });
  for (const scalar of scalars) scalar.value = scalar.source;
  return readShape(document);
}

/** Aliases without an anchor, merges of scalars and alias bombs parse, but have no value. */
function resolve(document: Document): Result<unknown> {
  try {
    return success(document.toJS() as unknown);
  } catch (error) {
    return failure(`not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function scalarMeantAsText(document: Document, { keyword, params, instancePath }: ErrorObject): Scalar | undefined {
  if (keyword !== 'type' || params['type'] !== 'string') return undefined;
  const node = document.getIn(pathParts(instancePath), true);
  const isOther = isScalar(node) && typeof node.value !== 'string' && node.value !== null;
  return isOther && node.source !== undefined ? node : undefined;
}

function readDocument(document: ConfigDocument): ConfigMapContent {
  const bgp = document ?? {};
  const drafts = (document?.['address-pools'] ?? []).map((pool, index) => readPool(pool, index, bgp));
  const ignored = NOT_ADVERTISED.filter((key) => document?.[key] != null);
  return {
    pools: drafts.map(({ pool }) => pool),
    problems: [...drafts.flatMap(({ problems }) => problems), ...bgpProblems(bgp)],
    warnings: [
      ...drafts.flatMap(({ warnings }) => warnings),
      ...ignored.map((key) => ({ path: key, message: 'is ignored: BGP is not supported yet' })),
    ],
  };
}

function readPool(
  document: PoolDocument,
  index: number,
  bgp: BgpDocument,
): { pool: PoolDraft; problems: Problem[]; warnings: Problem[] } {
  const path = `address-pools[${index}]`;
  const { ranges, problems, warnings } = readRanges(document.addresses ?? [], `${path}.addresses`);
  if (!document.name) problems.push({ path: `${path}.name`, message: 'missing pool name' });
  problems.push(...protocolProblems(document, path));
  if (document.protocol === 'bgp') {
    const advertisements = document['bgp-advertisements'] ?? [];
    problems.push(...bgpAdvertisementProblems({ path, ranges, advertisements }, bgp));
  }
  const pool: PoolDraft = {
    path: `${path}.name`,
    pool: {
      name: document.name ?? '',
      source: 'ConfigMap',
      labels: {},
      ranges,
      autoAssign: document['auto-assign'] ?? true,
      avoidBuggyIps: document['avoid-buggy-ips'] ?? false,
    },
  };
  return { pool, problems, warnings };
}

function protocolProblems({ protocol, ...pool }: PoolDocument, path: string): Problem[] {
  if (!protocol) {
    return [{ path: `${path}.protocol`, message: 'address pool is missing the protocol field, wanted "layer2"' }];
  }
  if (protocol === 'bgp') {
    return [{ path: `${path}.protocol`, message: '"bgp" is not supported yet, wanted "layer2"' }];
  }
  if (protocol !== 'layer2') {
    return [{ path: `${path}.protocol`, message: `unknown protocol "${protocol}", wanted "layer2"` }];
  }
  if ((pool['bgp-advertisements'] ?? []).length === 0) return [];
  return [{ path: `${path}.bgp-advertisements`, message: 'cannot stand in a layer2 pool, wanted none' }];
}

function yamlMessage({ code, message }: { code: string; message: string }): string {
  if (code === 'DUPLICATE_KEY') return 'duplicate key, wanted each key once';
  return `not YAML: ${message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`;
}

function shapeMessage(error: ErrorObject): string {
  const where = pathText(error.instancePath);
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty']);
    const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
    return `unknown key "${key}"${where ? ` in ${where}` : ''}${suggestion(key, known)}`;
  }
  const wanted = error.keyword === 'type' ? [error.params['type']].flat().filter((type) => type !== 'null') : undefined;
  const detail = wanted ? `wanted ${wanted.join(' or ')}` : error.message;
  return `${where || 'the document'} is ${describeValue(error.data)}, ${detail}`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a mapping' : JSON.stringify(value);
}

/** `/address-pools/0/name` as `address-pools[0].name`. */
function pathText(pointer: string): string {
  return pathParts(pointer)
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

function pathParts(pointer: string): (string | number)[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

function offsetOf(document: Document, error: ErrorObject): number {
  const parts = pathParts(error.instancePath);
  const node = parts.length === 0 ? document.contents : document.getIn(parts, true);
  const key: unknown = error.params['additionalProperty'];
  if (typeof key === 'string' && isMap(node)) {
    const pair = node.items.find((item) => isNode(item.key) && String(item.key) === key);
    if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
  }
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
