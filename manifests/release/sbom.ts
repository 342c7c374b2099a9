// The bill of materials, CycloneDX: what `npm sbom` says of the packages that went into the bundles, and for each platform
// its image, which depends on its Node and its Debian packages.
import type { DebianPackage, System } from './debian.ts';
import { keyOf, type Package } from './licences.ts';
import { imageName, referenceOf, run, type Source } from './source.ts';

type Component = { readonly name: string; readonly version: string; readonly 'bom-ref': string };
type Dependency = { readonly ref: string; readonly dependsOn: readonly string[] };
type Bom = {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
};
export type ImageMaterials = {
  readonly architecture: string;
  readonly digest: string;
  readonly node: readonly Package[];
  readonly debian: readonly DebianPackage[];
};
export type Materials = {
  readonly source: Source;
  /** In the bundles, which all platforms share. */
  readonly packages: readonly Package[];
  readonly images: readonly ImageMaterials[];
  /** Whose packages the Debian ones are. */
  readonly system: System;
  /** Of the index that names the images. */
  readonly digest: string;
};

export function readNpmBom(): Bom {
  return JSON.parse(run('npm', ['sbom', '--omit=dev', '--package-lock-only', '--sbom-format=cyclonedx'])) as Bom;
}

/** The same materials give the same octets: no random serial number, the commit's time, no folder's name. */
export function mergeBom(bom: Bom, { source, packages, images, system, digest }: Materials): string {
  const nodes = componentsOf(
    bom,
    images.flatMap(({ node }) => node),
  );
  const fromNpm = [...componentsOf(bom, packages), ...nodes].sort(
    (a, b) => bom.components.indexOf(a) - bom.components.indexOf(b),
  );
  const parts = images.map((image) => ({
    image: imageOf(image, source),
    debian: image.debian.map((one) => debianOf(one, system)),
    node: componentsOf(bom, image.node),
  }));
  const root = bom.metadata.component;
  const shared = new Set([root, ...fromNpm].filter((one) => !nodes.includes(one)).map(refOf));
  const { serialNumber: _, ...document } = bom as Bom & { readonly serialNumber: string };
  const properties = [{ name: 'image', value: referenceOf(source, digest) }];
  const merged = {
    ...document,
    metadata: {
      ...bom.metadata,
      timestamp: new Date(source.epoch * 1000).toISOString(),
      component: { ...root, type: 'container', name: 'arpeggio', properties },
    },
    components: [...fromNpm, ...parts.flatMap(({ image, debian }) => [image, ...debian])],
    dependencies: [
      ...bom.dependencies
        .filter(({ ref }) => shared.has(ref))
        .map(({ ref, dependsOn }): Dependency => {
          const known = dependsOn.filter((other) => shared.has(other));
          return {
            ref,
            dependsOn: ref === refOf(root) ? [...known, ...parts.map(({ image }) => refOf(image))] : known,
          };
        }),
      ...parts.map(({ image, node, debian }) => ({ ref: refOf(image), dependsOn: [...node, ...debian].map(refOf) })),
    ],
  };
  return `${JSON.stringify(merged, null, 2)}\n`;
}

function componentsOf(bom: Bom, packages: readonly Package[]): Component[] {
  const wanted = new Set(packages.map(keyOf));
  const components = bom.components.filter((one) => wanted.delete(keyOf(one)));
  if (wanted.size === 0) return components;
  throw new Error(`Cannot write the bill of materials: npm sbom lacks ${[...wanted].join(', ')}`);
}

function refOf(component: Component): string {
  return component['bom-ref'];
}

/** The image for one platform, as the purl of type "oci" names it. */
function imageOf({ architecture, digest }: ImageMaterials, { version }: Source) {
  const purl = `pkg:oci/arpeggio@${encodeURIComponent(digest)}?arch=${architecture}&repository_url=${imageName}&tag=${version}`;
  return { 'bom-ref': purl, type: 'container', name: 'arpeggio', version, purl };
}

function debianOf({ name, version, architecture }: DebianPackage, { id, versionId }: System) {
  const distro = [id, versionId].filter((part) => part !== '').join('-');
  const place = `${encodeURIComponent(id)}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  const purl = `pkg:deb/${place}?arch=${architecture}&distro=${encodeURIComponent(distro)}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}
