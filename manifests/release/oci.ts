// The documents of an OCI image layout (image-spec 1.0), pure: layers for each platform in, blobs out.
import { createHash } from 'node:crypto';

export type Layer = {
  /** What it holds, for the image's history. */
  readonly title: string;
  /** Of the tar archive before it was compressed. */
  readonly diffId: string;
  readonly gzip: Uint8Array;
};

export type PlatformLayers = { readonly architecture: string; readonly layers: readonly Layer[] };

export type ImageWish = {
  readonly tag: string;
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
};

export type Blob = { readonly digest: string; readonly bytes: Uint8Array };
export type Layout = {
  /** Each once, though platforms share some. */
  readonly blobs: readonly Blob[];
  readonly index: string;
  /** Of the image index, by which a registry knows the image for all platforms. */
  readonly digest: string;
  /** By architecture, of the image for it alone. */
  readonly digests: ReadonlyMap<string, string>;
};

type Image = { readonly architecture: string; readonly manifest: Blob; readonly blobs: readonly Blob[] };

const TYPE = 'application/vnd.oci.image';
const REFERENCE = 'org.opencontainers.image.ref.name';

/** Tagged twice: the whole by the tag, and each platform's image by tag and architecture, for tools that know one only. */
export function layoutOf(platforms: readonly PlatformLayers[], wish: ImageWish): Layout {
  const images = platforms.map((platform) => imageOf(platform, wish));
  const manifests = images.map(({ architecture, manifest }) => ({
    ...describe(manifest, 'manifest.v1+json'),
    platform: { architecture, os: 'linux' },
  }));
  const whole = blobOfDocument({ ...indexOf(manifests), annotations: wish.annotations });
  const tagged = [
    { ...describe(whole, 'index.v1+json'), annotations: { [REFERENCE]: wish.tag } },
    ...manifests.map((one) => ({ ...one, annotations: { [REFERENCE]: `${wish.tag}-${one.platform.architecture}` } })),
  ];
  const blobs = [...images.flatMap((image) => image.blobs), whole];
  return {
    blobs: [...new Map(blobs.map((blob) => [blob.digest, blob])).values()],
    index: JSON.stringify(indexOf(tagged)),
    digest: whole.digest,
    digests: new Map(images.map(({ architecture, manifest }) => [architecture, manifest.digest])),
  };
}

function imageOf({ architecture, layers }: PlatformLayers, { created, config, annotations }: ImageWish): Image {
  const contents = layers.map(({ gzip }) => blobOf(gzip));
  const image = blobOfDocument({
    ...{ created, architecture, os: 'linux', config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ title }) => ({ created, created_by: title })),
  });
  const manifest = blobOfDocument({
    ...{ schemaVersion: 2, mediaType: `${TYPE}.manifest.v1+json`, annotations },
    config: describe(image, 'config.v1+json'),
    layers: contents.map((content) => describe(content, 'layer.v1.tar+gzip')),
  });
  return { architecture, manifest, blobs: [...contents, image, manifest] };
}

function indexOf(manifests: readonly object[]) {
  return { schemaVersion: 2, mediaType: `${TYPE}.index.v1+json`, manifests };
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
