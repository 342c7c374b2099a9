// What leaves a cluster in a report: no passwords, no copies, no bookkeeping of the API server. Pure.
import { isScalar, parseDocument, visit } from 'yaml';
import { CONFIG_MAP_KEY } from '#core/names.ts';

const REMOVED = '<removed>';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const SECRET_FIELD = /pass|secret|token|credential/i;
const SECRET_VARIABLE = /pass|secret|token|credential|key/i;

type Fields = { readonly [name: string]: unknown };

/** An object of the API server as it may be shown. */
export function redactObject(object: Fields): Fields {
  return redactEnv(redactMetadata(object)) as Fields;
}

/** Of a ConfigMap of ours: BGP peers have passwords. */
export function redactConfigMap(object: Fields): Fields {
  const data = object['data'] as { readonly [key: string]: string } | undefined;
  if (!data) return redactObject(object);
  const entries = Object.entries(data).map(([key, text]) => [key, redactConfig(text)]);
  return redactObject({ ...object, data: Object.fromEntries(entries) as object });
}

/** What is no YAML cannot be searched; then it goes whole where it has the word. */
function redactConfig(text: string): string {
  if (!SECRET_FIELD.test(text)) return text;
  const document = parseDocument(text, { version: '1.1' });
  if (document.errors.length > 0) return `${REMOVED}: ${CONFIG_MAP_KEY} is no YAML and may have a password`;
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && SECRET_FIELD.test(String(pair.key.value))) pair.value = document.createNode(REMOVED);
    },
  });
  return document.toString();
}

function redactMetadata(object: Fields): Fields {
  const { managedFields: _, annotations, ...metadata } = (object['metadata'] ?? {}) as Fields;
  const kept = Object.entries(annotations ?? {}).filter(([name]) => name !== LAST_APPLIED);
  return {
    ...object,
    metadata: { ...metadata, ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}) },
  };
}

/** Everywhere below: `env` entries whose name says that they are secret. */
function redactEnv(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactEnv);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === 'env' ? hidden(one) : redactEnv(one)]),
  );
}

function hidden(env: unknown): unknown {
  if (!Array.isArray(env)) return redactEnv(env);
  return env.map((entry: Fields) => {
    return SECRET_VARIABLE.test(String(entry['name'])) && 'value' in entry ? { ...entry, value: REMOVED } : entry;
  });
}
