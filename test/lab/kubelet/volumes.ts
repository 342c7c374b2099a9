// Puts a Pod's volumes into folders of the lab, as the kubelet does before a container starts.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Api } from '../api.ts';
import { ApiError } from '../api.ts';
import { LabFailure } from '../failure.ts';
import { type Addresses, fieldValue } from './environment.ts';
import type { EnvEntry, Item, ObjectSource, Pod, ProjectedSource, Volume } from './pod.ts';

export type VolumeContext = {
  readonly api: Api;
  readonly pod: Pod;
  readonly folder: string;
  readonly addresses: Addresses;
};
type Data = ReadonlyMap<string, Buffer>;
type StoredObject = { readonly data?: Record<string, string>; readonly binaryData?: Record<string, string> };

/** Writes every volume; calling it again refreshes what changed. Answers each volume's folder by name. */
export async function writeVolumes(context: VolumeContext): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of context.pod.spec.volumes ?? []) folders.set(volume.name, await writeVolume(volume, context));
  return folders;
}

async function writeVolume(volume: Volume, context: VolumeContext): Promise<string> {
  if (volume.hostPath) return volume.hostPath.path;
  const folder = join(context.folder, volume.name);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, volume.emptyDir ? 0o777 : 0o755);
  }
  for (const source of sourcesOf(volume)) {
    for (const [path, content] of await readSource(source, context)) writeWhole(join(folder, path), content);
  }
  return folder;
}

function sourcesOf(volume: Volume): readonly ProjectedSource[] {
  if (volume.configMap) return [{ configMap: volume.configMap }];
  if (volume.secret) return [{ secret: { ...volume.secret, name: volume.secret.secretName } }];
  return volume.projected?.sources ?? [];
}

async function readSource(source: ProjectedSource, context: VolumeContext): Promise<Data> {
  if (source.configMap) return await readObject('configmaps', source.configMap, context);
  if (source.secret) return await readObject('secrets', source.secret, context);
  const { serviceAccountToken: wanted, downwardAPI } = source;
  if (wanted) return new Map([[wanted.path, await requestToken(wanted, context)]]);
  const fields = (downwardAPI?.items ?? []).map(({ path, fieldRef }) => {
    return [path, Buffer.from(fieldValue(context.pod, fieldRef?.fieldPath ?? '', context.addresses))] as const;
  });
  return new Map(fields);
}

async function requestToken(
  wanted: { readonly audience?: string; readonly expirationSeconds?: number },
  { api, pod }: VolumeContext,
): Promise<Buffer> {
  const { namespace, name, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const spec = {
    audiences: wanted.audience ? [wanted.audience] : [],
    expirationSeconds: wanted.expirationSeconds ?? 3600,
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
  };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const answer = await api.call<{ status: { token: string } }>('POST', path, { body: { spec } });
  return Buffer.from(answer.status.token);
}

async function readObject(
  kind: string,
  source: ObjectSource & { name: string },
  context: VolumeContext,
): Promise<Data> {
  const data = await fetchData(kind, source.name, context);
  if (data) return source.items ? picked(data, source.items) : data;
  if (source.optional) return new Map();
  throw new LabFailure(`Cannot mount volume: ${kind} "${source.name}" not found`);
}

async function fetchData(kind: string, name: string, { api, pod }: VolumeContext): Promise<Data | undefined> {
  try {
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`;
    const { data = {}, binaryData = {} } = await api.call<StoredObject>('GET', path);
    const decode = (text: string) => Buffer.from(text, kind === 'secrets' ? 'base64' : 'utf8');
    return new Map([
      ...Object.entries(data).map(([key, text]) => [key, decode(text)] as const),
      ...Object.entries(binaryData).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
    ]);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function picked(data: Data, items: readonly Item[]): Data {
  return new Map(items.map(({ key, path }) => [path, data.get(key) ?? Buffer.alloc(0)]));
}

/** Values that environment entries read from ConfigMaps and Secrets, as `kind/name/key`. */
export async function readKeys(entries: readonly EnvEntry[], context: VolumeContext): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const { valueFrom } of entries) {
    const ref = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
    if (!ref) continue;
    const kind = valueFrom?.secretKeyRef ? 'secrets' : 'configmaps';
    const value = (await fetchData(kind, ref.name, context))?.get(ref.key);
    if (value) values.set(`${kind}/${ref.name}/${ref.key}`, value.toString());
    else if (!ref.optional)
      throw new LabFailure(`Cannot set environment: ${kind} "${ref.name}" has no key "${ref.key}"`);
  }
  return values;
}

function writeWhole(path: string, content: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}
