// What leaves a cluster in a report: no passwords, no copies, no bookkeeping of the API server. Pure.
import { CST, type Document, isScalar, Lexer, parseDocument, visit } from 'yaml';
import { ALLOW_RELEASE } from '#core/names.ts';

const REMOVED = '<removed>';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Any other may hold a copy of the object, as whatever tool applied it writes it. */
const SHOWN_ON_CONFIG_MAPS: readonly string[] = [ALLOW_RELEASE];
const PLAIN_KEY = /^[\w.-]+$/;
/** What the lexer puts between the pieces of the text. */
const LEXER_MARKS: readonly string[] = [CST.DOCUMENT, CST.FLOW_END, CST.SCALAR];
const SECRET_FIELD = /pass|secret|token|credential/i;
const SECRET_VARIABLE = /pass|secret|token|credential|key/i;

type Fields = { readonly [name: string]: unknown };

/** An object of the API server as it may be shown. */
export function redactObject(object: Fields): Fields {
  return redactEnv(redactMetadata(object)) as Fields;
}

/** Of a ConfigMap of ours: BGP peers have passwords, and what is no text cannot be searched for them. */
export function redactConfigMap({ binaryData: _, ...object }: Fields): Fields {
  const { annotations, ...metadata } = (object['metadata'] ?? {}) as Fields;
  const kept = Object.entries(annotations ?? {}).filter(([name]) => SHOWN_ON_CONFIG_MAPS.includes(name));
  const shown = { ...object, metadata: { ...metadata, annotations: Object.fromEntries(kept) } };
  const data = object['data'] as { readonly [key: string]: string } | undefined;
  if (!data) return redactObject(shown);
  const entries = Object.entries(data).map(([key, text]) => [key, redactData(key, text)]);
  return redactObject({ ...shown, data: Object.fromEntries(entries) as object });
}

function redactData(key: string, text: string): string {
  return SECRET_FIELD.test(key) ? REMOVED : redactConfig(key, withoutComments(text));
}

/** What is no YAML, or names a value elsewhere, cannot be searched; then it goes whole where it has the word. */
function redactConfig(key: string, text: string): string {
  const document = parseDocument(text, { version: '1.1' });
  const hasWord = SECRET_FIELD.test(text);
  if (document.errors.length > 0) return hasWord ? `${REMOVED}: ${key} is no YAML and may have a password` : text;
  const isAliased = hasAlias(document);
  if (hideSecrets(document) === 0 && !hasWord) return text;
  return isAliased ? `${REMOVED}: ${key} has aliases and may have a password` : document.toString({ lineWidth: 0 });
}

function hasAlias(document: Document.Parsed): boolean {
  let isFound = false;
  visit(document, {
    Alias() {
      isFound = true;
      return visit.BREAK;
    },
  });
  return isFound;
}

/** How many: values of keys that have the word, and all that has it itself, as a document within the document. */
function hideSecrets(document: Document.Parsed): number {
  let count = 0;
  const hide = () => {
    count++;
    return document.createNode(REMOVED);
  };
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && SECRET_FIELD.test(String(pair.key.value))) pair.value = hide();
    },
    Scalar(place, { value }) {
      const text = String(value);
      return SECRET_FIELD.test(text) && !(place === 'key' && PLAIN_KEY.test(text)) ? hide() : undefined;
    },
  });
  return count;
}

/** The text but for its comments, to the letter, also where it is no YAML. */
function withoutComments(text: string): string {
  let isScalarNext = false;
  const kept = Array.from(new Lexer().lex(text), (token) => {
    const isComment = !isScalarNext && token.startsWith('#');
    isScalarNext = token === CST.SCALAR;
    return isComment || LEXER_MARKS.includes(token) ? '' : token;
  });
  return kept.join('');
}

function redactMetadata(object: Fields): Fields {
  const { managedFields: _, annotations, ...metadata } = (object['metadata'] ?? {}) as Fields;
  const kept = Object.entries(annotations ?? {}).filter(([name, value]) => name !== LAST_APPLIED && !isCopy(value));
  return {
    ...object,
    metadata: { ...metadata, ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}) },
  };
}

/** An object as JSON or YAML, or compressed (gzip as base64), as tools that apply objects keep it. */
function isCopy(value: unknown): boolean {
  return /apiVersion|^H4sI/.test(String(value));
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
