// docs/admission.md, written from the rows: `node test/admission/write.ts`.
import { stringify } from 'yaml';
import { FIXTURES, HELD, type Manifest, OLD_CONFIG } from './cluster.ts';
import { CONFIG_MAP_ROWS } from './config-map-rows.ts';
import { POOL_ROWS } from './pool-rows.ts';
import type { Row } from './row.ts';
import { SERVICE_ROWS } from './service-rows.ts';

export const ROWS: readonly Row[] = [...SERVICE_ROWS, ...POOL_ROWS, ...CONFIG_MAP_ROWS];

const HEAD = `# What admission answers

Written by \`node test/admission/write.ts\` from the rows in \`test/admission/\`; a test fails when it is out of date. Every row is
asserted twice: by the rules alone, and through a real API server with \`kubectl apply --dry-run=server\`.

All problems of an object come in one answer. On an update only problems that the object did not have before are denied. Before another
object is held against a write it is read live; when the API server cannot be asked the write is allowed with a warning. With
\`SERVICE_PROBLEMS=warn\` the denials of Services are warnings. Deleting a Service is never denied.

The rows are judged in a cluster with Nodes 192.168.1.11 and 192.168.1.12, Service network 10.96.0.0/16, and these objects:

`;

export function writeDocument(): string {
  return [
    HEAD,
    ...FIXTURES.map((manifest) => `- ${nameOf(manifest)}: ${code(contentOf(manifest))}${heldText(manifest)}\n`),
    section('Services of type LoadBalancer', SERVICE_ROWS),
    section('IPAddressPool and L2Advertisement', POOL_ROWS),
    section('The ConfigMap', CONFIG_MAP_ROWS),
  ].join('');
}

function section(title: string, rows: readonly Row[]): string {
  const head = `\n## ${title}\n\n| rule | write | answer |\n| --- | --- | --- |\n`;
  return head + rows.map((row) => `| ${cell(row.rule)} | ${writeText(row)} | ${answerText(row)} |\n`).join('');
}

function writeText({ write, object, isEarly }: Row): string {
  const early = isEarly ? 'without any pool: ' : '';
  if (write === 'delete') return `delete ${nameOf(object)}`;
  return `${early}${nameOf(object)}: ${code(contentOf(object))}`;
}

function answerText({ denied, warned }: Row): string {
  const lines = [...denied.map((line) => `denied: ${code(line)}`), ...warned.map((line) => `warning: ${code(line)}`)];
  return lines.length === 0 ? 'allowed' : lines.join('<br>');
}

function nameOf({ kind, metadata: { name, namespace } }: Manifest): string {
  const isElsewhere = namespace !== undefined && namespace !== (kind === 'Service' ? 'default' : 'metallb-system');
  return `${kind} ${isElsewhere ? `${namespace}/` : ''}${name}`;
}

/** The object without what every one of its kind has. */
function contentOf({ kind, metadata, spec, data }: Manifest): string {
  if (data)
    return data.config.startsWith(OLD_CONFIG)
      ? data.config.replace(OLD_CONFIG, (text) => oldText(text, data.config))
      : data.config;
  const { name: _, namespace: __, ...others } = metadata;
  const { type: ___, ports, ...rest } = (spec ?? {}) as { type?: string; ports?: { name: string }[] };
  const isUsual = ports?.length === 1 && ports[0]?.name === 'http';
  const content = { ...others, ...rest, ...(ports === undefined || isUsual ? {} : { ports }) };
  if (Object.keys(content).length === 0) return kind === 'Namespace' ? '{}' : 'spec: {}';
  return stringify(content, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
}

/** The pool that every such text begins with is written out once. */
function oldText(text: string, whole: string): string {
  return text === whole ? text : '… ';
}

function heldText({ kind, metadata }: Manifest): string {
  return kind === 'Service' ? `, holds ${HELD[metadata.name]}` : '';
}

function code(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => `\`${cell(line)}\``).join('<br>');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
