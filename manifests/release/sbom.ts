// The bill of materials, CycloneDX: what `npm sbom` says of the packages that went into the bundles, and the Debian packages.
import type { DebianPackage, System } from './debian.ts';
import { keyOf, type Package } from './licences.ts';
import { run, type Source } from './source.ts';

type Component = { readonly name: string; readonly version: string; readonly 'bom-ref': string };
type Dependency = { readonly ref: string; readonly dependsOn: readonly string[] };
type Bom = {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
};
export type Materials = {
  readonly source: Source;
  readonly packages: readonly Package[];
  readonly debian: readonly DebianPackage[];
  /** Whose packages those are. */
  readonly system: System;
  /** The image made of them. */
  readonly reference: string;
};

export function readNpmBom(): Bom {
  return JSON.parse(run('npm', ['sbom', '--omit=dev', '--package-lock-only', '--sbom-format=cyclonedx'])) as Bom;
}

/** The same materials give the same octets: no random serial number, the commit's time, no folder's name. */
export function mergeBom(bom: Bom, { source, packages, debian, system, reference }: Materials): string {
  const wanted = new Set(packages.map(keyOf));
  const components = [
    ...bom.components.filter((one) => wanted.has(keyOf(one))),
    ...debian.map((one) => componentOf(one, system)),
  ];
  const found = new Set(components.map(keyOf));
  const missing = [...wanted].filter((key) => !found.has(key));
  if (missing.length > 0) throw new Error(`Cannot write the bill of materials: npm sbom lacks ${missing.join(', ')}`);
  const root = bom.metadata.component;
  const refs = new Set([root, ...components].map((one) => one['bom-ref']));
  const { serialNumber: _, ...document } = bom as Bom & { readonly serialNumber: string };
  const merged = {
    ...document,
    metadata: {
      ...bom.metadata,
      timestamp: new Date(source.epoch * 1000).toISOString(),
      component: { ...root, type: 'container', name: 'arpeggio', properties: [{ name: 'image', value: reference }] },
    },
    components,
    dependencies: bom.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
  };
  return `${JSON.stringify(merged, null, 2)}\n`;
}

function componentOf({ name, version, architecture }: DebianPackage, { id, versionId }: System) {
  const distro = [id, versionId].filter((part) => part !== '').join('-');
  const place = `${encodeURIComponent(id)}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  const purl = `pkg:deb/${place}?arch=${architecture}&distro=${encodeURIComponent(distro)}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}
