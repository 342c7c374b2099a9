// The documents of an OCI image layout (image-spec 1.0), pure: layers in, blobs out.
import { createHash } from 'node:crypto';

export type Layer = {
  /** What it holds, for the image's history. */
  readonly title: string;
  /** Of the tar archive before it was compressed. */
  readonly diffId: string;
  readonly gzip: Uint8Array;
};

export type ImageWish = {
  readonly architecture: string;
  readonly tag: string;
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
};

export type Blob = { readonly digest: string; readonly bytes: Uint8Array };
export type Layout = { readonly blobs: readonly Blob[]; readonly index: string; readonly digest: string };

const TYPE = 'application/vnd.oci.image';

export function layoutOf(layers: readonly Layer[], wish: ImageWish): Layout {
  const { architecture, created, config, annotations, tag } = wish;
  const platform = { architecture, os: 'linux' };
  const contents = layers.map(({ gzip }) => blobOf(gzip));
  const image = blobOfDocument({
    ...{ created, ...platform, config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ title }) => ({ created, created_by: title })),
  });
  const manifest = blobOfDocument({
    ...{ schemaVersion: 2, mediaType: `${TYPE}.manifest.v1+json`, annotations },
    config: describe(image, 'config.v1+json'),
    layers: contents.map((content) => describe(content, 'layer.v1.tar+gzip')),
  });
  const named = { ...describe(manifest, 'manifest.v1+json'), platform };
  const index = {
    ...{ schemaVersion: 2, mediaType: `${TYPE}.index.v1+json` },
    manifests: [{ ...named, annotations: { 'org.opencontainers.image.ref.name': tag } }],
  };
  return { blobs: [...contents, image, manifest], index: JSON.stringify(index), digest: manifest.digest };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function blobOf(bytes: Uint8Array): Blob {
  return { digest: digestOf(bytes), bytes };
}

function blobOfDocument(document: unknown): Blob {
  return blobOf(new TextEncoder().encode(JSON.stringify(document)));
}

function describe({ digest, bytes }: Blob, type: string) {
  return { mediaType: `${TYPE}.${type}`, digest, size: bytes.length };
}
